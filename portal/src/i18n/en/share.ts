// The texts of links to shipments, in English.
export const share = {
  "share.open": "Share…",
  "share.title": "Share this shipment",
  "share.how": "Whoever has a link sees, without signing in, where the shipment stands, what happened and when it is expected. Documents, bills, other numbers and comments stay with you.",
  "share.note": "For whom (only you see it)",
  "share.until": "Opens until",
  "share.untilHow": "30 days unless you choose a day, 180 at most.",
  "share.make": "Make a link",
  "share.made": "The link",
  "share.once": "Copy it now: it is shown this once. Whoever has it sees the shipment.",
  "share.links": "{n} link opens this shipment | {n} links open this shipment",
  "share.none": "No link opens this shipment.",
  "share.unnamed": "A link",
  "share.ends": "until",
  "share.revoke": "Revoke",
  "share.done": "Close",
  "share.sure": "Revoke for good",
};
