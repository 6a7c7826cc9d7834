"""Keys and what is signed with them, without web3: the relay knows signatures from here, too."""
