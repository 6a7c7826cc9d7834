// Ganache, which makes a block on request only: node ganache.js PORT START_S CHAIN_ID
const ganache = require('ganache')

const [port, startS, chainId] = process.argv.slice(2).map(Number)
// With a period it makes none for a transaction; this one never ends.
const NEVER_S = 2_000_000

ganache
  .server({
    chain: { chainId, networkId: chainId, time: new Date(startS * 1000) },
    miner: { blockTime: NEVER_S },
    wallet: { totalAccounts: 1 },
    logging: { quiet: true }
  })
  .listen(port, '127.0.0.1')
