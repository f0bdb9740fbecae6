//! `HELM_DRIVER=sql`: records in PostgreSQL, beside the real helm and shared with it.

use crate::{
    beside::same_steps,
    place::{Place, web},
};
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A server for this binary's tests (tests/peers/postgres.sh); it ends with us.
struct Server {
    state: PathBuf,
    port: String,
    _keeper: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

fn server() -> &'static Server {
    SERVER.get_or_init(|| {
        let state = std::env::temp_dir().join(format!("skiff-postgres-{}", std::process::id()));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/postgres.sh");
        let mut keeper = Command::new(script)
            .args(["run".as_ref(), state.as_path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash starts");
        let mut line = String::new();
        let output = keeper.stdout.take().expect("stdout is piped");
        BufReader::new(output).read_line(&mut line).expect("it prints");
        let port = line.trim().to_owned();
        assert!(port.parse::<u16>().is_ok(), "PostgreSQL did not start (its complaint is above)");
        Server { state, port, _keeper: keeper }
    })
}

impl Server {
    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(["-h", "127.0.0.1", "-p", &self.port, "-U", "helm"])
            .args(args)
            .env("PGPASSWORD", "secret")
            .output()
            .expect("PostgreSQL's clients are there");
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// A new database's URL without `sslmode`, and its name.
    fn database(&self) -> (String, String) {
        let name = format!("d{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        self.run("createdb", &[&name]);
        (format!("postgres://helm:secret@127.0.0.1:{}/{name}", self.port), name)
    }

    /// What a database's tables look like.
    fn schema(&self, database: &str) -> String {
        let dump = self.run("pg_dump", &["--schema-only", database]);
        let changes = |line: &&str| !line.starts_with("--") && !line.contains("restrict ");
        dump.lines().filter(changes).collect::<Vec<_>>().join("\n")
    }

    fn ask(&self, database: &str, query: &str) -> String {
        self.run("psql", &["-At", "-d", database, "-c", query])
    }
}

fn place(url: &str) -> Place {
    Place::new().with(|env| env.var("HELM_DRIVER", "sql").var("HELM_DRIVER_SQL_CONNECTION_STRING", url))
}

#[test]
fn a_life_in_a_database_looks_the_same_and_leaves_the_same_tables() {
    let (web, server) = (web(), server());
    let ((ours, our_name), (theirs, their_name)) = (server.database(), server.database());
    let (skiff, helm) = (place(&format!("{ours}?sslmode=disable")), place(&theirs));
    let views: &[&[&str]] =
        &[&["history", "a", "-o", "json"], &["get", "metadata", "a"], &["list", "-l", "team=sea", "-q"]];
    let steps: &[&[&str]] = &[
        &["list"],
        &["status", "a"],
        &["history", "a"],
        &["install", "a", &web, "--labels", "team=sea,tier=x"],
        &["install", "a", &web],
        &["get", "metadata", "a"],
        &["upgrade", "a", &web, "--set", "replicas=3", "--labels", "tier=null"],
        &["rollback", "a"],
        &["rollback", "a", "7"],
        &["get", "values", "a", "--revision", "9"],
        &["get", "manifest", "a"],
        &["list", "-A", "-q"],
        &["upgrade", "a", &web, "--history-max", "2"],
    ];
    same_steps(&skiff, &helm, steps);
    same_steps(&skiff, &helm, views);
    assert_eq!(server.schema(&our_name), server.schema(&their_name));
    for query in [
        "SELECT key, type, name, version, status, owner, modifiedAt > 0 FROM releases_v1 ORDER BY 1",
        "SELECT releaseKey, key, value FROM custom_labels_v1 ORDER BY 1, 2",
        "SELECT id FROM gorp_migrations ORDER BY 1",
    ] {
        assert_eq!(server.ask(&our_name, query), server.ask(&their_name, query), "{query}");
    }
    let ends: &[&[&str]] = &[
        &["uninstall", "a", "--keep-history"],
        &["list", "--uninstalled", "-q"],
        &["uninstall", "a"],
        &["uninstall", "a"],
        &["list"],
    ];
    same_steps(&skiff, &helm, ends);
    let count = "SELECT (SELECT count(*) FROM releases_v1) + (SELECT count(*) FROM custom_labels_v1)";
    assert_eq!(server.ask(&our_name, count), server.ask(&their_name, count));
}

#[test]
fn releases_in_a_database_are_shared() {
    for (maker, other) in [("skiff", "helm"), ("skiff", "helm3"), ("helm", "skiff"), ("helm3", "skiff")] {
        let place = place(&format!("{}?sslmode=disable", server().database().0));
        place
            .by(maker, &["install", "shop", &web(), "--set", "replicas=1", "--labels", "team=sea"])
            .success();
        place.by(other, &["upgrade", "shop", &web(), "--set", "replicas=2"]).success();
        place.by(maker, &["rollback", "shop", "1"]).success();
        place.same(&["history", "shop", "-o", "json"]);
        place.same(&["list", "-o", "json"]);
        place.same(&["get", "values", "shop", "--revision", "2"]);
        assert_eq!(place.kubectl(&["get", "secret", "-l", "owner=helm", "-o", "name"]), "");
        place.by(other, &["uninstall", "shop"]).success();
        assert_eq!(place.by(maker, &["list", "-q"]).success(), "", "{maker} and {other}");
    }
}

/// A release that no Secret could hold is one record in a database.
#[test]
fn a_large_release_is_one_record_that_helm_reads() {
    let (url, name) = server().database();
    let noise: String =
        (0..90_000_u64).map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let place = Place::with_chart(&[("templates/c.yaml", object), ("noise.txt", &noise)]);
    let place =
        place.with(|env| env.var("HELM_DRIVER", "sql").var("HELM_DRIVER_SQL_CONNECTION_STRING", &url));
    let chart = place.work().join("chart").display().to_string();
    place.skiff(&["install", "big", &chart]).success();
    let length: usize =
        server().ask(&name, "SELECT length(body) FROM releases_v1").trim().parse().expect("one");
    assert!(length > 1 << 20, "{length}");
    place.helm(&["upgrade", "big", &chart]).success();
    place.skiff(&["uninstall", "big"]).success();
}

#[test]
fn databases_that_cannot_be_used_are_told_as_helm_tells_it() {
    let server = server();
    let (url, _) = server.database();
    let (port, certificate) = (&server.port, server.state.join("server.crt").display().to_string());
    for text in [
        "postgres://helm:secret@127.0.0.1:1/helm?sslmode=disable",
        &url.replace("secret", "wrong"),
        &format!("postgres://helm:secret@127.0.0.1:{port}/nope?sslmode=disable"),
        &format!("{url}?sslmode=bogus"),
        &format!("{url}?sslmode=require&nonsense=1"),
        &format!("{url}?sslmode=verify-ca&sslrootcert=/nope"),
        "mysql://x",
        "host=/nope user=helm sslmode=disable",
        // These lead somewhere.
        &url,
        &format!("{url}?sslmode=prefer"),
        &format!("{url}?sslmode=verify-full&sslrootcert={certificate}"),
        &format!("{}?sslmode=verify-ca&sslrootcert={certificate}", url.replace("127.0.0.1", "127.0.0.2")),
        &format!("{}?sslmode=verify-full&sslrootcert={certificate}", url.replace("127.0.0.1", "127.0.0.2")),
        &format!("host=127.0.0.1 port={port} user=helm password='secret' dbname=helm sslmode=disable"),
    ] {
        let place = place(text);
        for step in [&["list"][..], &["version", "--template", "x"]] {
            let (ours, theirs) = (place.skiff(step), place.helm(step));
            assert_eq!(
                (ours.code, &ours.stdout, &ours.stderr),
                (theirs.code, &theirs.stdout, &theirs.stderr),
                "{step:?} with {text}"
            );
        }
    }
}
