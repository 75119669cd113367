// The files of a golden case as the API hands them out, for an archive that is unpacked below `fixtures/parties`.
import type { Schemas } from "../../api/client";
import type { Entry } from "../../ui/zip";

type Fixture = Schemas["DocumentFixture"];

/** Each with its folder. A name that leads out of it is refused, as the command line refuses it. */
export function entries(fixture: Fixture): Entry[] {
  const folder = fixture.folder.split("/").map(plain);
  return fixture.files.map((file) => ({
    path: [...folder, plain(file.name)].join("/"),
    bytes: file.encoding === "base64" ? Uint8Array.from(atob(file.content), (sign) => sign.charCodeAt(0)) : new TextEncoder().encode(file.content),
  }));
}

function plain(name: string): string {
  if (name === "" || name.startsWith(".") || /[/\\]/.test(name)) throw new Error(`${JSON.stringify(name)} is not a plain file name`);
  return name;
}

export const nameOf = (fixture: Fixture) => `fixture-${fixture.folder.replaceAll("/", "-")}.zip`;
