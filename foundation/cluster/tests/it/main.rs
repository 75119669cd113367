//! The private cluster for real: starts, survives, is taken over, and says what is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use caravan_cluster::{Cluster, Config, Error, OWNER_ROLE, testing};
use sqlx::{Connection as _, PgConnection};

/// A folder that the server's user can reach; `tempdir` alone is closed to others.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn start(folder: &Path) -> Cluster {
    Cluster::start(Config::new(folder.join("pg"))).await.unwrap()
}

async fn text(cluster: &Cluster, statement: &'static str) -> String {
    let mut connection = PgConnection::connect(&cluster.url("postgres", "postgres")).await.unwrap();
    let found = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}

fn pid(folder: &Path) -> String {
    let file = std::fs::read_to_string(folder.join("pg/data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn it_starts_durable_and_private_and_keeps_its_data() {
    let folder = folder();
    let cluster = start(folder.path()).await;
    for (setting, wanted) in [
        ("SHOW fsync", "on"),
        ("SHOW synchronous_commit", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW lc_collate", "C"),
        ("SHOW idle_in_transaction_session_timeout", "1min"),
    ] {
        assert_eq!(text(&cluster, setting).await, wanted, "{setting}");
    }
    let mode = cluster.socket_folder().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);

    let url = cluster.ensure_database("caravan").await.unwrap();
    assert_eq!(cluster.ensure_database("caravan").await.unwrap(), url);
    let mut owner = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 7 AS n").execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    cluster.stop().await.unwrap();

    let cluster = start(folder.path()).await;
    let mut owner = PgConnection::connect(&cluster.url("caravan", OWNER_ROLE)).await.unwrap();
    let kept: i32 = sqlx::query_scalar("SELECT n FROM kept").fetch_one(&mut owner).await.unwrap();
    assert_eq!(kept, 7);
    owner.close().await.unwrap();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_left_behind_is_taken_over_and_a_killed_one_recovers() {
    let folder = folder();
    let cluster = start(folder.path()).await;
    let first = pid(folder.path());
    let again = Cluster::start(Config::new(folder.path().join("pg"))).await;
    assert!(matches!(again, Err(Error::InUse { .. })), "{again:?}");
    // What kill -9 of our process leaves: the lock is gone, the server runs.
    drop(cluster);
    let cluster = start(folder.path()).await;
    assert_eq!(pid(folder.path()), first, "not restarted");
    text(&cluster, "SHOW fsync").await;
    drop(cluster);
    // Other settings: the same folder, restarted.
    let config = Config { fsync: false, ..Config::new(folder.path().join("pg")) };
    let cluster = Cluster::start(config).await.unwrap();
    assert_eq!(text(&cluster, "SHOW fsync").await, "off");
    let second = pid(folder.path());
    assert_ne!(second, first);
    drop(cluster);
    // A crash of the server itself.
    std::process::Command::new("kill").args(["-9", &second]).status().unwrap();
    let cluster = start(folder.path()).await;
    assert_eq!(text(&cluster, "SHOW fsync").await, "on");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_whose_number_is_another_program_is_removed() {
    let folder = folder();
    start(folder.path()).await.stop().await.unwrap();
    // The first process of the machine (or container) lives for ever and is not PostgreSQL.
    std::fs::write(folder.path().join("pg/data/postmaster.pid"), "1\n/nowhere\n0\n5432\n\n\n")
        .unwrap();
    let cluster = start(folder.path()).await;
    assert_ne!(pid(folder.path()), "1");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_closed_parent_folder_is_named() {
    if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) != 0) {
        return; // Only root changes user.
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let refused = Cluster::start(Config::new(folder.path().join("pg"))).await.unwrap_err();
    assert!(
        matches!(&refused, Error::NotTraversable { folder: closed } if closed == folder.path())
    );
    assert!(refused.to_string().contains("chmod o+x"), "{refused}");
}

#[tokio::test]
async fn a_folder_too_deep_for_a_socket_works() {
    let folder = folder();
    let deep = folder.path().join("d".repeat(100));
    let cluster = Cluster::start(Config::new(&deep)).await.unwrap();
    assert!(!cluster.socket_folder().starts_with(&deep));
    text(&cluster, "SHOW port").await;
    let socket = cluster.socket_folder().to_path_buf();
    cluster.stop().await.unwrap();
    std::fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, two) = (testing::database().await.unwrap(), testing::database().await.unwrap());
    assert_ne!(one.owner_url(), two.owner_url());
    let mut owner = PgConnection::connect(&one.owner_url()).await.unwrap();
    sqlx::raw_sql("CREATE SCHEMA mine; CREATE TABLE mine.t ()").execute(&mut owner).await.unwrap();
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    drop(one);
    // The database goes away by itself: asked of the other one until it has.
    let mut other = PgConnection::connect(&two.superuser_url()).await.unwrap();
    loop {
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
                .bind(&name)
                .fetch_one(&mut other)
                .await
                .unwrap();
        if !exists {
            break;
        }
    }
}
