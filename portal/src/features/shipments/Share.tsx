// Links by which somebody without a login sees this shipment: made and shown once, listed, revoked.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, ok, type Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Dialog, Loading, Moment, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { useMay } from "../session/me";
import { Who } from "../session/Who";

const keyOf = (reference: string) => ["shipment-links", reference];

export function Share({ reference }: { reference: string }) {
  const { say } = useSay();
  const may = useMay("shipments:write");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>{say("share.open")}</button>
      {open && (
        <Dialog title={say("share.title")} onClose={() => setOpen(false)}>
          <p className="mb-3 text-muted">{say("share.how")}</p>
          <Make reference={reference} />
          <Links reference={reference} />
          <p className="mt-4 text-right"><button type="button" className="button" onClick={() => setOpen(false)}>{say("share.done")}</button></p>
        </Dialog>
      )}
    </>
  );
}

function Make({ reference }: { reference: string }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const [until, setUntil] = useState("");
  const mutation = useMutation({
    mutationFn: () => ok(client.POST("/v1/shipments/{reference}/links", { params: { path: { reference } }, body: { note: note || null, expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null } })),
    onSuccess: async () => {
      setNote("");
      setUntil("");
      await queries.invalidateQueries({ queryKey: keyOf(reference) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <form onSubmit={submit} className="mb-4 grid gap-3">
        <label className="grid gap-1"><span className="label">{say("share.note")}</span><input className="field" maxLength={200} value={note} onChange={(event) => setNote(event.target.value)} /></label>
        <label className="grid gap-1"><span className="label">{say("share.until")}</span><input className="field w-44" type="date" aria-describedby="share-until" value={until} onChange={(event) => setUntil(event.target.value)} /></label>
        <p id="share-until" className="text-xs text-muted">{say("share.untilHow")}</p>
        {mutation.error && <Problem error={mutation.error} />}
        <button type="submit" className="button-main justify-self-start" disabled={mutation.isPending}>{say("share.make")}</button>
      </form>
      {mutation.data && <Secret title={say("share.made")} value={`${location.origin}${mutation.data.path}`} hint={say("share.once")} onClose={() => mutation.reset()} />}
    </>
  );
}

function Links({ reference }: { reference: string }) {
  const { say } = useSay();
  const query = useQuery({ queryKey: keyOf(reference), queryFn: () => ok(client.GET("/v1/shipments/{reference}/links", { params: { path: { reference } } })) });
  if (query.error) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const { items } = query.data;
  if (items.length === 0) return <p className="text-muted">{say("share.none")}</p>;
  return (
    <>
      <h3 className="mb-1 font-semibold">{say("share.links", { n: items.length })}</h3>
      <ul className="card divide-y divide-line">{items.map((link) => <Line key={link.id} reference={reference} link={link} />)}</ul>
    </>
  );
}

function Line({ reference, link }: { reference: string; link: Schemas["ShipmentLink"] }) {
  const { say } = useSay();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const name = link.note ?? say("share.unnamed");
  const revoke = useMutation({
    mutationFn: () => ok(client.DELETE("/v1/shipments/{reference}/links/{id}", { params: { path: { reference, id: link.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keyOf(reference) }),
  });
  return (
    <li className="px-3 py-2" data-link={link.id}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <bdi className="min-w-0 grow font-medium">{name}</bdi>
        {sure
          ? <span className="flex flex-wrap gap-2"><button type="button" className="button border-bad text-bad" disabled={revoke.isPending} onClick={() => revoke.mutate()}>{say("share.sure")}</button><button type="button" className="button" onClick={() => setSure(false)}>{say("cancel")}</button></span>
          : <button type="button" className="button" onClick={() => setSure(true)}>{say("share.revoke")}<span lang="" className="sr-only"> {name}</span></button>}
      </div>
      <p className="text-xs text-muted"><Who principal={link.created_by} /> · <Moment at={link.created_at} /> · {say("share.ends")} <Moment at={link.expires_at} /></p>
      {revoke.error && <Problem error={revoke.error} />}
    </li>
  );
}
