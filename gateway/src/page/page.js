// Shows /openapi.json. Texts go in as text, never as markup; nothing is loaded from elsewhere.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** An element with attributes and children; texts become text nodes. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A description: paragraphs, and words between backquotes as code. */
function prose(text) {
  return (text || "").split(/\n\s*\n/).filter(Boolean).map((paragraph) =>
    element("p", {}, ...paragraph.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part))));
}

function lookUp(openapi, schema) {
  const found = (schema.$ref || "").split("/").slice(1).reduce((at, key) => (at || {})[key], openapi);
  return schema.$ref ? found || {} : schema;
}

function nameOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const kinds = [].concat(schema.type || []);
  if (kinds.includes("array")) return `array of ${nameOf(schema.items || {})}`;
  for (const key of ["oneOf", "anyOf", "allOf"]) if (schema[key]) return schema[key].map(nameOf).join(key === "allOf" ? " and " : " or ");
  return kinds.join(" or ") || "any";
}

/** The fields of a schema; a schema inside itself is named only. */
function fields(openapi, schema, within) {
  const name = schema.$ref || "";
  if (name && within.includes(name)) return null;
  const inside = name ? within.concat(name) : within;
  const shown = lookUp(openapi, schema);
  if (shown.items) return fields(openapi, shown.items, inside);
  const parts = shown.allOf || shown.oneOf || shown.anyOf;
  const list = element("ul", { class: "schema" });
  for (const part of parts || []) { const inner = fields(openapi, part, inside); if (inner) list.append(...inner.childNodes); }
  for (const [key, value] of Object.entries(shown.properties || {})) {
    const needed = (shown.required || []).includes(key) ? "" : ", optional";
    const own = lookUp(openapi, value);
    const line = element("li", {}, element("code", {}, key), " ", element("span", { class: "kind" }, nameOf(value) + needed));
    const limits = ["minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern", "format"].filter((limit) => own[limit] !== undefined);
    if (limits.length) line.append(element("span", { class: "kind" }, " (" + limits.map((limit) => `${limit} ${own[limit]}`).join(", ") + ")"));
    if (own.enum) line.append(element("span", { class: "kind" }, ": " + own.enum.join(", ")));
    line.append(...prose(value.description || own.description));
    const inner = fields(openapi, value, inside);
    if (inner) line.append(inner);
    list.append(line);
  }
  return list.childNodes.length ? list : null;
}

function bodies(openapi, content) {
  return Object.entries(content || {}).flatMap(([type, media]) => {
    const schema = media.schema || {};
    return [element("div", { class: "note" }, `${type}: ${nameOf(schema)}`), fields(openapi, schema, [])];
  });
}

function parameters(all) {
  if (!all.length) return null;
  const rows = all.map((each) => element("tr", {}, element("td", {}, element("code", {}, each.name)), element("td", {}, each.in),
    element("td", {}, nameOf(each.schema || {}) + (each.required ? "" : ", optional")), element("td", {}, ...prose(each.description))));
  return element("table", {}, element("tbody", {}, ...rows));
}

function operation(openapi, path, method, described) {
  const id = described.operationId || `${method}-${path}`;
  const section = element("section", { id },
    element("h3", { class: described.deprecated ? "deprecated" : "" }, element("span", { class: `method ${method.toUpperCase()}` }, method.toUpperCase()), " ", element("span", { class: "path" }, path)),
    element("strong", {}, described.summary || ""), ...prose(described.description));
  const scopes = (described.security || []).flatMap((each) => Object.values(each).flat());
  if (scopes.length) section.append(element("p", { class: "note" }, "Needs the scope ", ...scopes.map((scope) => element("code", {}, scope + " "))));
  section.append(...[parameters(described.parameters || [])].filter(Boolean));
  if (described.requestBody) section.append(element("h4", {}, "Body"), ...bodies(openapi, described.requestBody.content).filter(Boolean));
  const answers = element("details", {}, element("summary", {}, "Answers"));
  for (const [status, answer] of Object.entries(described.responses || {})) {
    const response = lookUp(openapi, answer);
    const shown = Number(status) < 400 ? bodies(openapi, response.content) : [];
    answers.append(element("div", {}, element("strong", {}, status), " ", ...prose(response.description).flatMap((each) => [...each.childNodes]), ...shown.filter(Boolean)));
  }
  section.append(answers);
  return section;
}

function show(openapi) {
  const main = document.getElementById("main");
  const index = document.getElementById("index");
  main.append(element("h1", {}, `${openapi.info.title} API`), ...prose(openapi.info.description),
    element("p", {}, element("a", { href: "/openapi.json" }, "OpenAPI 3.1"), " · ", element("a", { href: "/openapi-3.0.json" }, "OpenAPI 3.0"), " · ", element("a", { href: "/asyncapi.json" }, "AsyncAPI 3")));
  const byTag = new Map();
  for (const [path, item] of Object.entries(openapi.paths)) for (const method of METHODS) if (item[method]) {
    const tag = (item[method].tags || ["other"])[0];
    byTag.set(tag, (byTag.get(tag) || []).concat([[path, method, item[method]]]));
  }
  for (const [tag, all] of [...byTag].sort()) {
    const about = (openapi.tags || []).find((each) => each.name === tag) || {};
    main.append(element("h2", {}, tag), ...prose(about.description));
    const group = element("div", {}, element("h2", {}, tag));
    for (const [path, method, described] of all) {
      main.append(operation(openapi, path, method, described));
      group.append(element("a", { href: `#${described.operationId || `${method}-${path}`}` }, element("span", { class: `method ${method.toUpperCase()}` }, method.toUpperCase()), " ", path));
    }
    index.append(group);
  }
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const link of index.querySelectorAll("a")) link.hidden = !link.textContent.toLowerCase().includes(wanted);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch("/openapi.json").then((answer) => answer.json()).then(show).catch((error) => {
  document.getElementById("main").append(element("p", {}, `The document cannot be loaded: ${error.message}`));
});
