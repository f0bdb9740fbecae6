//! Helm's tables, and the table that says which of them were made (that of `sql-migrate`).

use tokio_postgres::{Client, Error};

const KNOWN: &str = "SELECT id FROM gorp_migrations";
const MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS gorp_migrations \
     (id text NOT NULL PRIMARY KEY, applied_at timestamp with time zone)";

/// What is made, in the order that Helm's tool makes it in: by name.
const STEPS: [(&str, &str); 2] = [
    (
        "custom_labels",
        "CREATE TABLE custom_labels_v1 (releaseKey VARCHAR(64), releaseNamespace VARCHAR(67), key VARCHAR(317), \
            value VARCHAR(63));
         CREATE INDEX ON custom_labels_v1 (releaseKey, releaseNamespace);
         GRANT ALL ON custom_labels_v1 TO PUBLIC;
         ALTER TABLE custom_labels_v1 ENABLE ROW LEVEL SECURITY;",
    ),
    (
        "init",
        "CREATE TABLE releases_v1 (key VARCHAR(90), type VARCHAR(64) NOT NULL, body TEXT NOT NULL, \
            name VARCHAR(64) NOT NULL, namespace VARCHAR(64) NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, \
            owner TEXT NOT NULL, createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL DEFAULT 0, \
            PRIMARY KEY (key, namespace));
         CREATE INDEX ON releases_v1 (key, namespace);
         CREATE INDEX ON releases_v1 (version);
         CREATE INDEX ON releases_v1 (status);
         CREATE INDEX ON releases_v1 (owner);
         CREATE INDEX ON releases_v1 (createdAt);
         CREATE INDEX ON releases_v1 (modifiedAt);
         GRANT ALL ON releases_v1 TO PUBLIC;
         ALTER TABLE releases_v1 ENABLE ROW LEVEL SECURITY;",
    ),
];

/// Makes what is missing.
///
/// # Errors
/// When the database refuses.
pub(super) async fn ensure(client: &mut Client) -> Result<(), Error> {
    let known: Vec<String> = match client.query(KNOWN, &[]).await {
        Ok(rows) => rows.iter().filter_map(|row| row.try_get(0).ok()).collect(),
        // As Helm has it, what cannot be read is taken for missing; why, the next step says.
        Err(_) => Vec::new(),
    };
    if STEPS.iter().all(|(id, _)| known.iter().any(|known| known == id)) {
        return Ok(());
    }
    client.batch_execute(MIGRATIONS).await?;
    for (id, step) in STEPS.iter().filter(|(id, _)| !known.iter().any(|known| known == id)) {
        let transaction = client.transaction().await?;
        transaction.batch_execute(step).await?;
        transaction.execute("INSERT INTO gorp_migrations (id, applied_at) VALUES ($1, now())", &[id]).await?;
        transaction.commit().await?;
    }
    Ok(())
}
