// Hardhat's node, which makes a block on request only: node hardhat.js PORT START_S CHAIN_ID
const [port, ...rest] = process.argv.slice(2)
// It wants to be started where it lies, and reads all but its port from a file.
process.chdir(__dirname)
process.env.VILLAGE_CHAIN = rest.join(' ')
process.env.HARDHAT_DISABLE_TELEMETRY_PROMPT = 'true'
process.argv = [...process.argv.slice(0, 2), 'node', '--port', port, '--hostname', '127.0.0.1']
require('hardhat/internal/cli/cli')
