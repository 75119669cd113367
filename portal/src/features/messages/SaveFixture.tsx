// A message as a golden case: the files that the connectors' tests read, as one archive.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client, ok } from "../../api/client";
import { useSay } from "../../i18n";
import { Dialog, Loading, Problem } from "../../ui/parts";
import { type Entry, zip } from "../../ui/zip";
import { entries, nameOf } from "./fixture";
import { bytes } from "./raw";

async function fixtureOf(id: string) {
  const fixture = await ok(client.GET("/v1/documents/{id}/fixture", { params: { path: { id } } }));
  return { folder: fixture.folder, name: nameOf(fixture), files: entries(fixture) };
}

/** The address of an archive of the files, as long as somebody looks at it. */
function useArchive(files: Entry[] | undefined): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!files) return;
    const made = URL.createObjectURL(new Blob([zip(files, new Date())], { type: "application/zip" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [files]);
  return address;
}

export function SaveFixture({ id, onClose }: { id: string; onClose: () => void }) {
  const { say, language } = useSay();
  // What it gives depends on the connector of now, so no earlier answer will do, and one that is read does not change.
  const query = useQuery({ queryKey: ["fixture", id], queryFn: () => fixtureOf(id), gcTime: 0, staleTime: Number.POSITIVE_INFINITY });
  const fixture = query.data;
  const archive = useArchive(fixture?.files);
  return (
    <Dialog title={say("fixture.title")} onClose={onClose}>
      <p className="mb-3 text-muted">{say("fixture.how")}</p>
      {query.error && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {fixture && (
        <div data-fixture className="mb-3 rounded-md bg-sunken p-3">
          <p><code className="[overflow-wrap:anywhere]">fixtures/parties/{fixture.folder}</code></p>
          <ul className="mt-1 text-xs">
            {fixture.files.map((file) => <li key={file.path} className="flex justify-between gap-3"><code>{file.path.slice(fixture.folder.length + 1)}</code><span>{bytes(language, file.bytes.length)}</span></li>)}
          </ul>
        </div>
      )}
      <p role="note" className="mb-3 rounded-md bg-warn-bg p-2 text-warn">{say("fixture.real")}</p>
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>{say("close")}</button>
        {fixture && archive && <a className="button-main" href={archive} download={fixture.name}>{say("fixture.save")}</a>}
      </div>
    </Dialog>
  );
}
