import { openWorld, type World } from './open-world.ts'

/** A server that knows itself by an address with TLS, as conformance tests want it. */
export function openDiscoveryWorld(): Promise<World> {
  return openWorld({ env: { COUNTERSIGN_BASE_URL: 'https://login.example' } })
}

export async function discoveryOf(world: World, settings?: Parameters<World['tenant']>[1]) {
  const tenant = await world.tenant(undefined, settings)
  const url = `/t/${tenant.slug}/.well-known/openid-configuration`
  const answer = await world.app.http.inject({ url })
  return { answer, metadata: answer.json<Record<string, unknown>>(), tenant }
}
