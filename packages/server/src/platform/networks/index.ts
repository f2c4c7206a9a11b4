export { canonicalAddress } from './canonical-address.ts'
export { createNetworkList, isNetwork, type NetworkList } from './network-list.ts'
