export function renderReferencePage(_: Record<string, unknown>): string { return '' }
