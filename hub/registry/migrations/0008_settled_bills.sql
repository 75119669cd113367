-- Settled freight bills go out to the books by the same table as tenders do; what a row is about says which columns it has.

ALTER TABLE outgoing
    ADD COLUMN about        text NOT NULL DEFAULT 'tender' CHECK (about IN ('tender', 'settled-bill')),
    ADD COLUMN invoice_id   uuid,
    ADD COLUMN hand_over_id uuid,
    ALTER COLUMN order_id DROP NOT NULL,
    ALTER COLUMN tender   DROP NOT NULL,
    ADD CONSTRAINT outgoing_about_has CHECK (
        CASE about WHEN 'tender' THEN order_id IS NOT NULL AND tender IS NOT NULL
                   ELSE invoice_id IS NOT NULL AND hand_over_id IS NOT NULL END),
    -- 'unaddressed': nobody takes such a message, which for a bill is no failure: the hand-over has its file.
    DROP CONSTRAINT outgoing_status_check,
    ADD CONSTRAINT outgoing_status_check CHECK (status IN ('waiting', 'sent', 'failed', 'withdrawn', 'unaddressed'));
-- A hand-over brings a bill once. Partial, so that a look-up by id never takes it (docs/adr/0007).
CREATE UNIQUE INDEX outgoing_bill ON outgoing (tenant_id, hand_over_id, invoice_id) WHERE invoice_id IS NOT NULL;
