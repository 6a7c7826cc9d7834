// A broker of MQTT 3.1.1 alone, which keeps nothing over its end: node broker.js PORT
import { createServer } from 'node:net'
import aedes from 'aedes'

const broker = new aedes()
createServer(broker.handle).listen(Number(process.argv[2]), '127.0.0.1')
