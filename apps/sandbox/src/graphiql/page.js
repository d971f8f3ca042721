// The page's script. Plain browser code: there is no bundler between it and the reader.
"use strict";
(async () => {
  const { personas, purposes, questions } = await (await fetch("/sandbox.json")).json();
  const find = (id) => document.getElementById(id);
  const [persona, purpose, caseId, envelope] = ["persona", "purpose", "case", "envelope"].map(find);
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  persona.append(...personas.map(({ name, label }) => option(name, label)));
  purpose.append(...purposes.map((code) => option(code, code)));

  function become(name) {
    const found = personas.find((candidate) => candidate.name === name);
    if (!found) return;
    persona.value = name;
    purpose.value = found.purpose;
    caseId.value = found.caseId ?? "";
  }
  persona.addEventListener("change", () => become(persona.value));
  become(questions[0].persona);

  const element = (tag, text, children = []) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    made.append(...children);
    return made;
  };
  const facts = (pairs) =>
    element(
      "dl",
      "",
      pairs
        .filter(([, value]) => value !== undefined && value !== null)
        .flatMap(([term, value]) => [element("dt", term), element("dd", String(value))]),
    );
  const item = (text, ok, more) => {
    const made = element("li", text, more ? [document.createElement("br"), element("small", more)] : []);
    if (ok) made.className = "ok";
    return made;
  };

  function show(answer) {
    const weft = answer.extensions?.weft ?? {};
    const reasons = (answer.errors ?? []).map(({ message, path, extensions = {} }) => {
      const { coordinate, code, remedy, rows } = extensions;
      const where = [
        coordinate ?? (path ?? []).join("."),
        rows ? "rows " + rows.map((range) => range.join("–")).join(", ") : "",
      ];
      return item(
        where.filter(Boolean).join(", ") + ": " + message,
        false,
        [code, remedy?.say].filter(Boolean).join(" · "),
      );
    });
    const sources = (weft.sources ?? []).map(({ provider, status, asOf, code, retryAfter }) =>
      item(
        provider + ": " + status,
        status === "ok",
        [asOf && "as of " + asOf, code, retryAfter && "try again in " + retryAfter + " s"].filter(Boolean).join(" · "),
      ),
    );
    const duties = (weft.duties ?? []).map(({ deleteBy, onward, agreements }) =>
      item("Delete by " + deleteBy + "; onward sharing: " + onward, true, agreements.join(", ")),
    );
    envelope.replaceChildren(
      element("h2", "The envelope"),
      facts([
        ["Record", weft.record?.index],
        ["Log", weft.record?.log],
        ["Purpose", weft.purpose],
        ["Case", weft.case],
        ["Complete", weft.complete === undefined ? undefined : weft.complete ? "yes" : "no"],
        ["Agreements", weft.agreements?.join(", ")],
      ]),
      ...(reasons.length ? [element("h2", "Why a field is empty"), element("ul", "", reasons)] : []),
      ...(sources.length ? [element("h2", "Sources"), element("ul", "", sources)] : []),
      ...(duties.length ? [element("h2", "What you owe"), element("ul", "", duties)] : []),
    );
  }

  async function ask({ query, variables, operationName }) {
    const response = await fetch("/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        persona: persona.value,
        purpose: purpose.value,
        caseId: caseId.value || undefined,
        query,
        variables,
        operationName,
      }),
    });
    const answer = await response.json();
    if (operationName !== "IntrospectionQuery") show(answer);
    return answer;
  }

  const kept = new Map();
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };
  const onTabChange = ({ tabs, activeTabIndex }) => {
    const question = questions.find(({ query }) => query === tabs[activeTabIndex]?.query);
    if (question) become(question.persona);
  };
  ReactDOM.createRoot(find("ask")).render(
    React.createElement(GraphiQL, {
      fetcher: ask,
      storage,
      onTabChange,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false,
      defaultEditorToolsVisibility: "variables",
      defaultTabs: questions.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) })),
    }),
  );
})();
