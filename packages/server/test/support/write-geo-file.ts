/**
 * Writes the smallest MaxMind DB that is one: for each IPv4 network what is known of a place.
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export function writeGeoFile(places: readonly GeoPlace[]): Buffer {
  const data: Buffer[] = []
  const offsets = places.map(({ city, country, code, location, asn }) => {
    const offset = data.reduce((sum, part) => sum + part.length, 0)
    const named = (name?: string) => (name === undefined ? {} : { names: map({ en: text(name) }) })
    const coded = code === undefined ? {} : { iso_code: text(code) }
    data.push(
      map({
        ...(city === undefined ? {} : { city: map(named(city)) }),
        ...((country ?? code) !== undefined
          ? { country: map({ ...named(country), ...coded }) }
          : {}),
        ...(location === undefined ? {} : { location: locationOf(location) }),
        ...(asn === undefined ? {} : { autonomous_system_number: uint(6, asn) }),
      }),
    )
    return offset
  })
  const tree = buildTree(places, offsets)
  const metadata = map({
    binary_format_major_version: uint(5, 2),
    binary_format_minor_version: uint(5, 0),
    build_epoch: uint(6, 1_700_000_000),
    database_type: text('Test-City'),
    description: map({ en: text('test') }),
    ip_version: uint(5, 4),
    languages: Buffer.concat([Buffer.from([0x01, 0x04]), text('en')]),
    node_count: uint(6, tree.count),
    record_size: uint(5, 24),
  })
  const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
  return Buffer.concat([tree.bytes, Buffer.alloc(16), ...data, marker, metadata])
}

export interface GeoPlace {
  readonly network: `${string}/${number}`
  readonly city?: string
  readonly country?: string
  readonly code?: string
  readonly location?: { latitude: number; longitude: number; accuracyKm?: number }
  readonly asn?: number
}

type Node = [number | undefined, number | undefined]

function buildTree(places: readonly GeoPlace[], offsets: readonly number[]) {
  const nodes: Node[] = [[undefined, undefined]]
  const leaves: { node: number; bit: 0 | 1; offset: number }[] = []
  places.forEach(({ network }, index) => {
    const [address = '', length = '32'] = network.split('/')
    const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    let at = 0
    for (let i = 0; i < Number(length); i++) {
      const bit = (Math.floor(value / 2 ** (31 - i)) % 2) as 0 | 1
      if (i === Number(length) - 1) {
        leaves.push({ node: at, bit, offset: offsets[index] ?? 0 })
        break
      }
      const node = nodes[at] as Node
      node[bit] ??= nodes.push([undefined, undefined]) - 1
      at = node[bit]
    }
  })
  const count = nodes.length
  for (const { node, bit, offset } of leaves) (nodes[node] as Node)[bit] = count + 16 + offset
  const bytes = Buffer.alloc(count * 6)
  nodes.forEach(([left = count, right = count], i) => {
    bytes.writeUIntBE(left, i * 6, 3)
    bytes.writeUIntBE(right, i * 6 + 3, 3)
  })
  return { bytes, count }
}

function locationOf({ latitude, longitude, accuracyKm }: NonNullable<GeoPlace['location']>) {
  const radius = accuracyKm === undefined ? {} : { accuracy_radius: uint(5, accuracyKm) }
  return map({ ...radius, latitude: double(latitude), longitude: double(longitude) })
}

function map(members: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(members)
  return Buffer.concat([
    Buffer.from([0xe0 | entries.length]),
    ...entries.flatMap(([key, value]) => [text(key), value]),
  ])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  if (bytes.length < 29) return Buffer.concat([Buffer.from([0x40 | bytes.length]), bytes])
  return Buffer.concat([Buffer.from([0x40 | 29, bytes.length - 29]), bytes])
}

/** Type 5 is uint16, 6 is uint32. */
function uint(type: 5 | 6, value: number): Buffer {
  const bytes = Buffer.alloc(type === 5 ? 2 : 4)
  bytes.writeUIntBE(value, 0, bytes.length)
  return Buffer.concat([Buffer.from([(type << 5) | bytes.length]), bytes])
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return Buffer.concat([Buffer.from([(3 << 5) | bytes.length]), bytes])
}
