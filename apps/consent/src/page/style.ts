/** One sheet, for a telephone first. Logical properties throughout: the same rules serve both directions of writing. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e8eaed);
  --soft: light-dark(#4d5560, #b4bac4);
  --paper: light-dark(#ffffff, #15181d);
  --raised: light-dark(#f3f5f8, #20252c);
  --line: light-dark(#767e8a, #8a93a0);
  --act: light-dark(#0b57a4, #8cc0ff);
  --on-act: light-dark(#ffffff, #0c1a2b);
  --wrong: light-dark(#a3161b, #ff9d97);
}
*, ::before, ::after { box-sizing: border-box }
html { font: 1.0625rem/1.55 system-ui, "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Geeza Pro", Tahoma, sans-serif; -webkit-text-size-adjust: 100% }
html:lang(ar) { line-height: 1.8 }
body { margin: 0; background: var(--paper); color: var(--ink) }
.skip { position: absolute; inset-block-start: -6rem; inset-inline-start: .5rem; background: var(--paper); padding: .5rem 1rem }
.skip:focus { inset-block-start: .5rem }
.bar, main { max-inline-size: 38rem; margin-inline: auto; padding-inline: 1.125rem }
.bar { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; padding-block: .75rem; border-block-end: 1px solid var(--raised) }
.bar p { margin: 0; color: var(--soft); font-size: .9375rem }
.bar a { padding-block: .5rem; padding-inline: .25rem }
main { padding-block: 1.25rem 3rem }
h1 { font-size: 1.5rem; line-height: 1.3; margin-block: 0 .75rem; text-wrap: balance }
html:lang(ar) h1 { line-height: 1.5 }
h2 { font-size: 1.0625rem; margin-block: 1.5rem .25rem }
p { margin-block: .5rem }
a { color: var(--act) }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; border-radius: 2px }
.hint, .soft { color: var(--soft); font-size: .9375rem }
label, legend { font-weight: 600; padding: 0 }
.field { margin-block: 1.125rem }
.field .hint { margin-block: .125rem .375rem }
input[type=text], select { display: block; inline-size: 100%; min-block-size: 3rem; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .375rem }
input.code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; letter-spacing: .06em; text-transform: uppercase; direction: ltr }
html[dir=rtl] input.code, html[dir=rtl] input.number { text-align: end }
input.number { direction: ltr }
[aria-invalid=true] { border: 2px solid var(--wrong) }
.wrong { border-inline-start: 4px solid var(--wrong); background: var(--raised); padding: .75rem 1rem; margin-block: 1rem; border-radius: .25rem }
.wrong p { margin: 0 }
.wrong strong { color: var(--wrong) }
dl { margin: 0 }
dt { color: var(--soft); font-size: .9375rem; margin-block-start: .875rem }
dd { margin: 0; font-weight: 600 }
dd p { font-weight: 400; margin-block: .125rem 0 }
fieldset { border: 0; margin: 1.5rem 0 0; padding: 0; min-inline-size: 0 }
.tick { display: flex; gap: .75rem; align-items: flex-start; padding: .75rem 1rem; margin-block: .5rem; background: var(--raised); border-radius: .375rem; font-weight: 400; cursor: pointer }
.tick input { inline-size: 1.5rem; block-size: 1.5rem; margin: .125rem 0 0; flex: none; accent-color: var(--act) }
.tick b, .tick small { display: block }
.tick small { color: var(--soft); font-size: .875rem }
.no { margin-block: 1.5rem; padding: .75rem 1rem; background: var(--raised); border-radius: .375rem }
.no h2 { margin-block-start: 0 }
button { display: block; inline-size: 100%; min-block-size: 3rem; padding: .625rem 1rem; margin-block-start: .75rem; font: inherit; font-weight: 600; color: var(--act); background: transparent; border: 2px solid var(--act); border-radius: .375rem; cursor: pointer }
button.act { color: var(--on-act); background: var(--act) }
button.quiet { border-width: 1px; font-weight: 400 }
.big { font: 700 1.5rem/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; letter-spacing: .06em; margin-block: .25rem; overflow-wrap: anywhere }
.card { background: var(--raised); border-radius: .375rem; padding: 1rem; margin-block: 1.25rem }
.card h2 { margin-block-start: 0 }
ul { margin-block: .25rem; padding-inline-start: 1.25rem }
@media (min-width: 40rem) {
  main { padding-block-start: 2.25rem }
  h1 { font-size: 1.875rem }
  dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 1.5rem }
  dt { margin-block-start: .75rem } dd { margin-block-start: .75rem }
}
@media (forced-colors: active) { .tick, .card, .no, .wrong { border: 1px solid } }
`;
