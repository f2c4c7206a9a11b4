import packageJson from '../../package.json' with { type: 'json' }

/** Of this release, as in package.json. */
export const PRODUCT_VERSION: string = packageJson.version
