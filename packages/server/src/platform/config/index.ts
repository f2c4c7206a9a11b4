export { closestName } from './closest-name.ts'
export type {
  AttestationConfig,
  BreachedPasswordsConfig,
  CaptchaConfig,
  Command,
  Config,
  ConfigSource,
  DatabaseConfig,
  LogLevel,
  MailConfig,
  RiskConfig,
  TlsConfig,
  Mode,
} from './config.ts'
export { ConfigError, type ConfigProblem } from './config-error.ts'
export { describeConfig, type SettingDescription } from './describe-config.ts'
export { findDeploymentProblems, isLoopbackHost } from './deployment-rules.ts'
export { configJsonSchema } from './json-schema.ts'
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from './load-config.ts'
export { renderConfigReference } from './reference-table.ts'
export { type SettingName, settings } from './settings.ts'
export { SAMPLE_MASTER_KEY } from './weak-key.ts'
