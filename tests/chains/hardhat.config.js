const [startS, chainId] = process.env.VILLAGE_CHAIN.split(' ').map(Number)

module.exports = {
  solidity: '0.8.24',
  networks: {
    hardhat: {
      chainId,
      initialDate: new Date(startS * 1000).toISOString(),
      mining: { auto: false, interval: 0 },
      accounts: { count: 1 }
    }
  }
}
