-- Which hand-over a note of a carrier was part of: each is handed over once, behind its bill. A note itself never changes.
CREATE TABLE note_hand_overs (
  tenant_id    uuid NOT NULL,
  note_id      uuid NOT NULL,
  hand_over_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, note_id),
  FOREIGN KEY (tenant_id, note_id) REFERENCES notes (tenant_id, id),
  FOREIGN KEY (tenant_id, hand_over_id) REFERENCES hand_overs (tenant_id, id)
);
GRANT SELECT, INSERT ON note_hand_overs TO caravan_settlement;
ALTER TABLE note_hand_overs ENABLE ROW LEVEL SECURITY;
ALTER TABLE note_hand_overs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON note_hand_overs USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
