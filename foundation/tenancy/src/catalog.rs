//! The check over `pg_catalog` that every service's tests call: what the walls must look like, and what does not.

use sqlx::PgConnection;

/// The one role that reads across tenants by policy: the event log's reader.
const RELAY_ROLE: &str = "caravan_relay";

/// One rule per query; each returns one sentence for each offender. `$1` is the relay role.
const RULES: &[&str] = &[
    // Row-level security is on and binds the owner too.
    "SELECT format('%s.%s has tenant_id but row-level security is not enabled and forced', n.nspname, c.relname)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL
        AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    // There is a policy, else nobody sees anything and somebody will switch the wall off.
    "SELECT format('%s.%s has row-level security but no policy', n.nspname, c.relname)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)",
    // Every clause of every policy names the tenant or the system flag; only the relay's own policies may say `true`.
    "SELECT format('policy %s on %s.%s does not ask app_tenant() or app_system()', p.policyname, p.schemaname, p.tablename)
       FROM pg_policies p
      WHERE p.permissive = 'PERMISSIVE' AND p.roles <> ARRAY[$1]::name[]
        AND (COALESCE(p.qual, 'app_tenant()') !~ 'app_(tenant|system)\\(\\)'
          OR COALESCE(p.with_check, 'app_tenant()') !~ 'app_(tenant|system)\\(\\)')",
    // A clause that is also true without them.
    "SELECT format('policy %s on %s.%s is true for everybody', p.policyname, p.schemaname, p.tablename)
       FROM pg_policies p
      WHERE p.permissive = 'PERMISSIVE' AND p.roles <> ARRAY[$1]::name[]
        AND (p.qual ~* '(^|OR )\\(?true\\)?' OR p.with_check ~* '(^|OR )\\(?true\\)?')",
    // A tenant's table says so with NOT NULL: a row without a tenant would be nobody's.
    "SELECT format('%s.%s.tenant_id may be NULL', n.nspname, c.relname)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)' AND NOT a.attnotnull AND $1 IS NOT NULL",
    // Keys of tenant tables include the tenant, else a clash tells one tenant what another has.
    "SELECT format('key %s of %s.%s does not include tenant_id', i.relname, n.nspname, c.relname)
       FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
       JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      WHERE x.indisunique AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL
        AND NOT a.attnum = ANY (x.indkey::int2[])
        AND NOT EXISTS (SELECT 1 FROM unnest(x.indkey::int2[]) k(attnum)
                         JOIN pg_attribute g ON g.attrelid = c.oid AND g.attnum = k.attnum WHERE g.attidentity = 'a')",
    // Foreign keys between tenant tables include the tenant: row-level security does not apply to them.
    "SELECT format('foreign key %s of %s does not include tenant_id', f.conname, f.conrelid::regclass)
       FROM pg_constraint f
       JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attname = 'tenant_id' AND NOT a.attisdropped
       JOIN pg_attribute r ON r.attrelid = f.confrelid AND r.attname = 'tenant_id' AND NOT r.attisdropped
      WHERE f.contype = 'f' AND $1 IS NOT NULL
        AND NOT (a.attnum = ANY (f.conkey) AND r.attnum = ANY (f.confkey))",
    // Login roles own nothing and stand under the policies.
    "SELECT format('role %s is a superuser, bypasses row-level security or may create roles or databases', rolname)
       FROM pg_roles
      WHERE (rolname = 'caravan_service' OR rolname IN (SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
              WHERE a.roleid = (SELECT oid FROM pg_roles WHERE rolname = 'caravan_service')))
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) AND $1 IS NOT NULL
        AND rolname <> (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())",
    "SELECT format('role %s owns %s', pg_get_userbyid(c.relowner), c.oid::regclass)
       FROM pg_class c JOIN pg_auth_members a ON a.member = c.relowner
      WHERE a.roleid = (SELECT oid FROM pg_roles WHERE rolname = 'caravan_service') AND $1 IS NOT NULL
        AND c.relowner <> (SELECT datdba FROM pg_database WHERE datname = current_database())",
    "SELECT format('role %s owns or may create in schema %s', r.rolname, n.nspname)
       FROM pg_namespace n CROSS JOIN pg_roles r JOIN pg_auth_members a ON a.member = r.oid
      WHERE a.roleid = (SELECT oid FROM pg_roles WHERE rolname = 'caravan_service') AND n.nspname !~ '^pg_' AND $1 IS NOT NULL
        AND r.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database())
        AND (n.nspowner = r.oid OR has_schema_privilege(r.oid, n.oid, 'CREATE'))",
    // Privileges that row-level security does not cover.
    "SELECT format('%s may %s %s', COALESCE(NULLIF(g.grantee, 0)::regrole::text, 'everybody'), g.privilege_type, c.oid::regclass)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) g
      WHERE n.nspname !~ '^(pg_|information_schema)' AND c.relkind IN ('r', 'p') AND g.grantee <> c.relowner
        AND g.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') AND $1 IS NOT NULL",
    // Views and functions that would look with their owner's eyes.
    "SELECT format('view %s is not security_invoker', c.oid::regclass)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'v' AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL
        AND NOT COALESCE(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)",
    "SELECT format('%s is a materialized view, which no policy guards', c.oid::regclass)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'm' AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL",
    // One is excused, as long as nothing of its caller's can bend it: audit.record, the only way to write the audit trail. It
    // takes the tenant from the transaction, finds names in pg_catalog first, and is the services' alone.
    "SELECT format('function %s is SECURITY DEFINER', p.oid::regprocedure)
       FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prosecdef AND n.nspname !~ '^(pg_|information_schema)' AND $1 IS NOT NULL
        AND NOT (n.nspname = 'audit' AND p.proname = 'record' AND p.pronargs = 4
             AND p.proowner = (SELECT datdba FROM pg_database WHERE datname = current_database())
             AND COALESCE(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)
             AND NOT EXISTS (SELECT 1 FROM aclexplode(p.proacl) g WHERE g.grantee = 0)
             AND p.proacl IS NOT NULL)",
];

/// Everything in this database that breaks a rule of tenancy, one sentence each; empty when all is well.
///
/// Call it with any connection, for example `SystemTx::conn()`: the catalogue is readable by all.
///
/// # Errors
/// When the catalogue cannot be read.
pub async fn violations(connection: &mut PgConnection) -> Result<Vec<String>, crate::Error> {
    let mut found = Vec::new();
    for rule in RULES {
        let offenders: Vec<String> =
            sqlx::query_scalar(*rule).bind(RELAY_ROLE).fetch_all(&mut *connection).await?;
        found.extend(offenders);
    }
    found.sort();
    found.dedup();
    Ok(found)
}
