// A new connection: filled in, tested, saved; a webhook's address is shown once.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useSay } from "../../i18n";
import { Loading, Problem } from "../../ui/parts";
import { Secret } from "../../ui/Secret";
import { Editor } from "./Editor";
import { partyQuery } from "./PartyPage";

const route = getRouteApi("/connections/new/$party");

export default function NewConnectionPage() {
  const { say } = useSay();
  const navigate = useNavigate();
  const { party: id } = route.useParams();
  const query = useQuery(partyQuery(id));
  const [saved, setSaved] = useState<Schemas["ConnectionSaved"]>();
  const open = (one: { id: string }) => void navigate({ to: "/connections/$id", params: { id: one.id } });
  const heading = <h1 className="mb-4 text-xl font-semibold"><Link to="/catalogue" className="text-sm font-normal text-muted underline">{say("catalogue.title")}</Link> <span className="block">{say("connect.title", { party: query.data?.name ?? id })}</span></h1>;
  if (query.error) return <>{heading}<Problem error={query.error} retry={() => void query.refetch()} /></>;
  if (!query.data) return <>{heading}<Loading /></>;
  if (saved?.webhook_path) return <>{heading}<Secret title={say("connect.hook")} value={`${location.origin}${saved.webhook_path}`} hint={say("connect.hookHow")} onClose={() => open(saved)} /></>;
  return <>{heading}<Editor party={query.data} onSaved={(one) => (one.webhook_path ? setSaved(one) : open(one))} /></>;
}
