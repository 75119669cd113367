// The statuses and causes that filters offer. The API may know more by now: those are shown as they come.
export const STATUSES = [
  "label-created", "pickup-scheduled", "picked-up", "departed", "in-transit", "arrived", "customs-held", "at-delivery-facility",
  "out-for-delivery", "delivery-attempted", "available-for-pickup", "delivered", "delayed", "exception", "returned", "cancelled",
];
export const CAUSES = ["delay", "halt", "silence", "failed-attempt", "return", "damage", "problem"];
