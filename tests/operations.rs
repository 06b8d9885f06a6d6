//! What holds when one member of a store is lost, by its configuration.

mod common;

use common::system;
use seaworthy::model::{Cluster, Replication};

fn clusters(compose: &str) -> Vec<Cluster> {
    let analysis = system(&[("compose.yaml", compose)]);
    assert_eq!(analysis.problems, []);
    analysis.system.clusters
}

fn cluster(compose: &str) -> Cluster {
    let mut clusters = clusters(compose);
    assert_eq!(clusters.len(), 1, "{clusters:?}");
    clusters.remove(0)
}

#[test]
fn brokers_that_vote_together_are_one() {
    let found = cluster(
        "services:\n  k1: &k\n    image: apache/kafka:4.0.0\n    environment:\n      KAFKA_CONTROLLER_QUORUM_VOTERS: 1@k1:9093,2@k2:9093,3@k3:9093\n      KAFKA_DEFAULT_REPLICATION_FACTOR: 3\n      KAFKA_MIN_INSYNC_REPLICAS: 2\n      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: 1\n  k2: *k\n  k3: *k\n",
    );
    assert_eq!(found.members, ["k1", "k2", "k3"]);
    assert_eq!(found.protocol, Some(Replication::InSyncReplicas));
    assert_eq!(found.copies(), Some(3));
    assert_eq!(found.min_insync.as_ref().map(|one| one.value), Some(2));
    assert_eq!(found.writes_survive, Some(1));
}

#[test]
fn a_majority_needs_three_to_lose_one() {
    let ensemble = |count: usize| {
        let names: Vec<String> = (1..=count)
            .map(|n| format!("e{n}=http://e{n}:2380"))
            .collect();
        let mut text = "services:\n".to_owned();
        for n in 1..=count {
            let peers = names.join(",");
            text.push_str(&format!(
                "  e{n}:\n    image: quay.io/coreos/etcd:v3.6.0\n    command: [etcd, '--initial-cluster={peers}']\n"
            ));
        }
        cluster(&text)
    };
    let survive: Vec<Option<u32>> = (1..=5).map(|n| ensemble(n).writes_survive).collect();
    assert_eq!(survive, [Some(0), Some(0), Some(1), Some(1), Some(2)]);
    assert_eq!(ensemble(5).quorum(), 3);
}

#[test]
fn copies_count_and_not_members() {
    let found = cluster(
        "services:\n  r1: &r\n    image: redpandadata/redpanda:v25.1.1\n    command: [redpanda, start, --seeds, 'r1:33145,r2:33145,r3:33145', --set, redpanda.default_topic_replications=1]\n  r2: *r\n  r3: *r\n",
    );
    assert_eq!(found.instances, 3);
    assert_eq!(found.copies(), Some(1));
    assert_eq!(found.writes_survive, Some(0));
}

#[test]
fn stores_that_do_not_know_each_other_are_two() {
    let found = clusters("services:\n  a: {image: 'postgres:16'}\n  b: {image: 'postgres:16'}\n");
    assert_eq!(found.len(), 2);
    let found = cluster(
        "services:\n  a: {image: 'bitnami/postgresql:16'}\n  b:\n    image: bitnami/postgresql:16\n    environment: {POSTGRESQL_MASTER_HOST: 'a:5432', POSTGRESQL_NUM_SYNCHRONOUS_REPLICAS: 1}\n",
    );
    assert_eq!(found.protocol, Some(Replication::Primary));
    assert!(found.synchronous.is_some());
}

#[test]
fn replicas_of_one_service_count() {
    let found = cluster("services:\n  c: {image: 'cassandra:5', deploy: {replicas: 3}}\n");
    assert_eq!((found.instances, found.writes_survive), (3, None));
    assert_eq!(found.protocol, Some(Replication::Leaderless));
}
