-- What people keep of a connection: which version of it is there, whether it was tested, since when each secret and door is set.

ALTER TABLE connections
    -- Grows with every change that a person or a start makes: the entity tag, and what a pause must be about.
    ADD COLUMN version    bigint      NOT NULL DEFAULT 1,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    -- The last test of what is stored now, and whether all of its steps passed; none: it was saved untested.
    ADD COLUMN tested_at  timestamptz,
    ADD COLUMN test_ok    boolean;

ALTER TABLE connection_secrets ADD COLUMN set_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE doors ADD COLUMN made_at timestamptz NOT NULL DEFAULT now();
