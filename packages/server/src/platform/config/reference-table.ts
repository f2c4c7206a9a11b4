import type { Setting } from './setting.ts'
import { type SettingName, settings } from './settings.ts'

/** The configuration reference as a Markdown table. Does not depend on the machine. */
export function renderConfigReference(): string {
  const rows = (Object.keys(settings) as SettingName[]).map((name) => {
    const setting: Setting<unknown> = settings[name]
    const twin = setting.secret ? `<br>\`${setting.env}_FILE\`` : ''
    const cells = [
      `\`${name}\``,
      `\`${setting.env}\`${twin}`,
      setting.type.text,
      defaultText(setting),
      setting.docs,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [
    '| setting (file) | environment | value | default | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function defaultText(setting: Setting<unknown>): string {
  if (setting.defaultText !== undefined) return setting.defaultText
  if (setting.default === undefined) return 'none'
  const text = setting.type.print(setting.default)
  return text === '' ? 'empty' : `\`${text}\``
}
