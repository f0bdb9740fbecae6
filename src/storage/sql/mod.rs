//! Records in PostgreSQL, in Helm's tables.

mod connect;
mod place;
mod schema;

use super::{
    driver::{Driver, DriverError, Record, SYSTEM_LABELS},
    summary::Outline,
};
use crate::clock::Clock;
use place::Place;
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as _,
    rc::Rc,
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Row, types::ToSql};

const OWNER: &str = "helm";
const TYPE: &str = "helm.sh/release.v1";
/// How many records come at a time: a few megabytes.
const PAGE: usize = 25;

/// Why the database cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unable to instantiate SQL driver: {0}")]
pub struct SqlError(String);

/// What the database said, in the words of `lib/pq`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

/// A database that holds records.
pub struct Database {
    runtime: Runtime,
    client: Client,
}

/// The records of one namespace in a database, or of all.
pub struct Sql<'a> {
    database: Rc<Database>,
    namespace: String,
    clock: &'a dyn Clock,
}

type Value<'a> = &'a (dyn ToSql + Sync);

impl Database {
    /// Connects to the database that a connection string names, and makes the tables where there are none. `variable`
    /// gives the environment's variables.
    ///
    /// # Errors
    /// When there is no such database, it cannot be reached, or refuses.
    pub fn connect(text: &str, variable: &dyn Fn(&str) -> String) -> Result<Self, SqlError> {
        let place = Place::parse(text, variable).map_err(|error| SqlError(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SqlError(error.to_string()))?;
        let client = runtime.block_on(async {
            let mut client = connect::connect(&place).await?;
            schema::ensure(&mut client).await.map_err(|error| words(&error))?;
            Ok(client)
        });
        Ok(Self { client: client.map_err(SqlError)?, runtime })
    }
}

impl<'a> Sql<'a> {
    /// The records of a namespace; with an empty name, of every namespace (for listing).
    pub fn new(database: Rc<Database>, namespace: &str, clock: &'a dyn Clock) -> Self {
        Self { database, namespace: namespace.to_owned(), clock }
    }

    fn ask(&self, query: &str, values: &[Value<'_>]) -> Result<Vec<Row>, DriverError> {
        let Database { runtime, client } = &*self.database;
        runtime.block_on(client.query(query, values)).map_err(|error| refusal(&error))
    }

    /// Rows of `columns` of the releases with these labels, and the labels that users gave them by namespace and key.
    fn find(&self, columns: &str, labels: &[(&str, &str)]) -> Result<(Vec<Row>, Customs), DriverError> {
        let mut conditions = vec!["true".to_owned()];
        let mut values: Vec<Value<'_>> = Vec::new();
        for (label, value) in labels {
            if !["name", "owner", "status", "version"].contains(label) {
                return Err(DriverError::Store(Box::new(Refusal(format!("unknown label {label}")))));
            }
            values.push(value);
            conditions.push(format!("r.{label}::text = ${}", values.len()));
        }
        if !self.namespace.is_empty() {
            values.push(&self.namespace);
            conditions.push(format!("r.namespace = ${}", values.len()));
        }
        let conditions = conditions.join(" AND ");
        let rows = self.ask(&format!("SELECT {columns} FROM releases_v1 r WHERE {conditions}"), &values)?;
        let customs = format!(
            "SELECT l.releaseNamespace, l.releaseKey, l.key, l.value FROM custom_labels_v1 l JOIN releases_v1 r \
             ON r.key = l.releaseKey AND r.namespace = l.releaseNamespace WHERE {conditions}"
        );
        let customs = if rows.is_empty() { Vec::new() } else { self.ask(&customs, &values)? };
        Ok((rows, by_record(&customs)?))
    }

    fn transact(&self, steps: &[(&str, &[Value<'_>])]) -> Result<u64, tokio_postgres::Error> {
        let Database { runtime, client } = &*self.database;
        runtime.block_on(async {
            client.batch_execute("BEGIN").await?;
            let mut last = Ok(0);
            for (query, values) in steps {
                last = client.execute(*query, values).await;
                if last.is_err() {
                    break;
                }
            }
            client.batch_execute(if last.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
            last
        })
    }

    fn place<'r>(&'r self, record: &'r Record) -> &'r str {
        match (record.namespace.as_str(), self.namespace.as_str()) {
            ("", "") => "default",
            ("", own) => own,
            (theirs, _) => theirs,
        }
    }
}

/// What users' labels a record has, by its namespace and key.
type Customs = BTreeMap<(String, String), BTreeMap<String, String>>;

fn by_record(rows: &[Row]) -> Result<Customs, DriverError> {
    let mut customs = Customs::new();
    for row in rows {
        let record = (text(row, 0)?, text(row, 1)?);
        let (label, value) = (text(row, 2)?, text(row, 3)?);
        if !SYSTEM_LABELS.contains(&label.as_str()) {
            customs.entry(record).or_default().insert(label, value);
        }
    }
    Ok(customs)
}

/// A column's text; of columns that may be empty, nothing is the empty text.
fn text(row: &Row, column: usize) -> Result<String, DriverError> {
    let text: Option<String> = row.try_get(column).map_err(|error| refusal(&error))?;
    Ok(text.unwrap_or_default())
}

fn refusal(error: &tokio_postgres::Error) -> DriverError {
    DriverError::Store(Box::new(Refusal(words(error))))
}

/// What went wrong, as `lib/pq` says it.
fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("pq: {} ({})", told.message(), told.code().code()),
        None => match error.source() {
            Some(cause) => cause.to_string(),
            None => error.to_string(),
        },
    }
}

impl Driver for Sql<'_> {
    fn keeps_system_labels_apart(&self) -> bool {
        true
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        let found = self.ask(
            "SELECT body FROM releases_v1 WHERE key = $1 AND namespace = $2",
            &[&key, &self.namespace],
        )?;
        let row = found.first().ok_or(DriverError::NotFound)?;
        let customs = self.ask(
            "SELECT releaseNamespace, releaseKey, key, value FROM custom_labels_v1 \
             WHERE releaseKey = $1 AND releaseNamespace = $2",
            &[&key, &self.namespace],
        )?;
        let labels = by_record(&customs)?.into_values().next().unwrap_or_default();
        let (key, namespace) = (key.to_owned(), self.namespace.clone());
        Ok(Record { key, namespace, labels, body: text(row, 0)?, summary: String::new() })
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        let outlines = self.outlines(labels)?;
        let wanted =
            outlines.into_iter().map(|outline| (outline.namespace, outline.key)).collect::<BTreeSet<_>>();
        let mut records = Vec::new();
        self.fetch(labels, &wanted, wanted.len(), &mut |record| records.push(record))?;
        Ok(records)
    }

    fn outlines(&self, labels: &[(&str, &str)]) -> Result<Vec<Outline>, DriverError> {
        let (rows, mut customs) =
            self.find("r.namespace, r.key, r.name, r.owner, r.status, r.version::text", labels)?;
        let outline = |row: &Row| {
            let record = (text(row, 0)?, text(row, 1)?);
            let mut labels = customs.remove(&record).unwrap_or_default();
            for (at, label) in ["name", "owner", "status", "version"].into_iter().enumerate() {
                labels.insert(label.to_owned(), text(row, at + 2)?);
            }
            Ok(Outline { key: record.1, namespace: record.0, labels, summary: None })
        };
        rows.iter().map(outline).collect()
    }

    fn fetch(
        &self,
        labels: &[(&str, &str)],
        wanted: &BTreeSet<(String, String)>,
        _: usize,
        each: &mut dyn FnMut(Record),
    ) -> Result<(), DriverError> {
        let mut known: BTreeMap<(String, String), Outline> = BTreeMap::new();
        for outline in self.outlines(labels)? {
            known.insert((outline.namespace.clone(), outline.key.clone()), outline);
        }
        let wanted: Vec<&(String, String)> = wanted.iter().collect();
        for page in wanted.chunks(PAGE) {
            let keys: Vec<&str> = page.iter().map(|(_, key)| key.as_str()).collect();
            let rows =
                self.ask("SELECT namespace, key, body FROM releases_v1 WHERE key = ANY($1)", &[&keys])?;
            for row in &rows {
                let record = (text(row, 0)?, text(row, 1)?);
                if !page.contains(&&record) {
                    continue;
                }
                let Some(outline) = known.remove(&record) else { continue };
                let (labels, body) = (outline.labels, text(row, 2)?);
                each(Record { key: record.1, namespace: record.0, labels, body, summary: String::new() });
            }
        }
        Ok(())
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        let namespace = self.place(record);
        let label = |label: &str| record.labels.get(label).cloned().unwrap_or_default();
        let (name, status) = (label("name"), label("status"));
        let version: i32 = label("version").parse().unwrap_or_default();
        let now = self.now();
        let release: [Value<'_>; 9] =
            [&record.key, &TYPE, &record.body, &name, &namespace, &version, &status, &OWNER, &now];
        let insert = "INSERT INTO releases_v1 (key, type, body, name, namespace, version, status, owner, createdAt) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let customs: Vec<[Value<'_>; 4]> = record
            .labels
            .iter()
            .filter(|(label, _)| !SYSTEM_LABELS.contains(&label.as_str()))
            .map(|(label, value)| [&record.key as Value<'_>, &namespace, label, value])
            .collect();
        let insert_label = "INSERT INTO custom_labels_v1 (releaseKey, releaseNamespace, key, value) \
                            VALUES ($1, $2, $3, $4)";
        let mut steps: Vec<(&str, &[Value<'_>])> = vec![(insert, &release)];
        steps.extend(customs.iter().map(|values| (insert_label, values.as_slice())));
        match self.transact(&steps) {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION) => {
                Err(DriverError::Exists)
            }
            Err(error) => Err(refusal(&error)),
        }
    }

    /// Like Helm, a record that is not there is no error, and users' labels stay what they were.
    fn update(&self, record: &Record) -> Result<(), DriverError> {
        let namespace = self.place(record);
        let label = |label: &str| record.labels.get(label).cloned().unwrap_or_default();
        let (name, status) = (label("name"), label("status"));
        let version: i32 = label("version").parse().unwrap_or_default();
        let now = self.now();
        let update = "UPDATE releases_v1 SET body = $1, name = $2, version = $3, status = $4, owner = $5, \
                      modifiedAt = $6 WHERE key = $7 AND namespace = $8";
        self.ask(update, &[&record.body, &name, &version, &status, &OWNER, &now, &record.key, &namespace])
            .map(drop)
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        let values: [Value<'_>; 2] = [&key, &self.namespace];
        let steps: [(&str, &[Value<'_>]); 2] = [
            ("DELETE FROM custom_labels_v1 WHERE releaseKey = $1 AND releaseNamespace = $2", &values),
            ("DELETE FROM releases_v1 WHERE key = $1 AND namespace = $2", &values),
        ];
        match self.transact(&steps).map_err(|error| refusal(&error))? {
            0 => Err(DriverError::NotFound),
            _ => Ok(()),
        }
    }
}

impl Sql<'_> {
    fn now(&self) -> i32 {
        i32::try_from(self.clock.now().as_second()).unwrap_or(i32::MAX)
    }
}
