/** A file of its own, because the policy of pages forbids inline styles. */
export const mailboxStylesheet = `:root {
  color-scheme: light dark;
  --ground: #f6f7f9;
  --card: #ffffff;
  --text: #1c2330;
  --quiet: #5b6472;
  --line: #dde1e7;
  --accent: #1d5fd1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151b;
    --card: #1b2029;
    --text: #e6e9ee;
    --quiet: #9aa4b2;
    --line: #2e3643;
    --accent: #7fb0ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
header, main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 0; }
main { padding-bottom: 3rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 0; font-size: 1.0625rem; overflow-wrap: anywhere; }
header p, .meta, .empty { margin: 0.25rem 0 0; color: var(--quiet); }
.meta { font-size: 0.875rem; overflow-wrap: anywhere; }
.empty { padding: 3rem 0; text-align: center; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-top: 1rem; }
input, button {
  font: inherit;
  color: inherit;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 6px;
  padding: 0.375rem 0.75rem;
}
input { flex: 1 1 14rem; min-width: 0; }
button { background: var(--accent); border-color: var(--accent); color: var(--card); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
article {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 1rem 1.25rem;
  margin-bottom: 1rem;
}
pre {
  margin: 0.75rem 0 0;
  font: 0.875rem/1.55 ui-monospace, monospace;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
`
