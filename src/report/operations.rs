//! The part of the checklist for those who run the system: what is replicated and what holds when
//! one is lost, what there is once, and where backpressure stops.

use super::checklist::counted;
use super::place::source_location;
use crate::analysis::Analysis;
use crate::model::{
    Cluster, ComponentKind, Evidence, GuardFaultKind, Replication, SinglePoint, System, stable_id,
};
use crate::source::Span;

/// What is listed; what is there for development is not.
pub(super) struct Operations {
    /// Stores, brokers and registries.
    pub(super) stores: Vec<StoreRow>,
    /// What runs once and is felt by several, stores left out: they are listed above.
    pub(super) once: Vec<OnceRow>,
    /// Where work waits without a bound.
    pub(super) backpressure: Vec<BackpressureRow>,
}

/// A store, broker or registry.
pub(super) struct StoreRow {
    /// The id by which checklists are merged.
    pub(super) id: String,
    /// Its index among the clusters of the system.
    pub(super) cluster: usize,
    /// Its members.
    pub(super) name: String,
    /// Its product.
    pub(super) technology: String,
    /// How many run.
    pub(super) runs: String,
    /// How many copies there are, and how many must agree.
    pub(super) copies: String,
    /// What is consistent and what is available when one is lost.
    pub(super) when_lost: String,
    /// Who uses it.
    pub(super) used_by: String,
    /// It runs once.
    pub(super) single: bool,
    /// Where it is defined.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
}

/// A program or gateway that runs once.
pub(super) struct OnceRow {
    pub(super) id: String,
    pub(super) name: String,
    /// Who feels its loss.
    pub(super) felt_by: String,
    pub(super) file: String,
    pub(super) line: usize,
}

/// A place where whoever sends is not slowed down.
pub(super) struct BackpressureRow {
    pub(super) id: String,
    pub(super) name: String,
    /// What waits there, and what ends it.
    pub(super) says: String,
    /// Something bounds it.
    pub(super) bounded: bool,
    pub(super) file: String,
    pub(super) line: usize,
}

impl Operations {
    pub(super) fn new(analysis: &Analysis) -> Self {
        let system = &analysis.system;
        let clusters = system.clusters.iter().enumerate();
        let stores = clusters
            .filter(|(_, cluster)| !cluster.development)
            .filter_map(|(index, cluster)| store_row(analysis, index, cluster));
        let points = system.single_points.iter().filter(|point| {
            let mut clusters = system.clusters.iter();
            !clusters.any(|cluster| cluster.members.contains(&point.id))
        });
        Self {
            stores: stores.collect(),
            once: points
                .filter_map(|point| once_row(analysis, point))
                .collect(),
            backpressure: backpressure(analysis),
        }
    }

    /// Whether there is nothing to list.
    pub(super) fn is_empty(&self) -> bool {
        self.stores.is_empty() && self.once.is_empty() && self.backpressure.is_empty()
    }

    /// One sentence on all of it.
    pub(super) fn summary(&self) -> String {
        let single = self.stores.iter().filter(|store| store.single).count();
        let mut parts = Vec::new();
        if !self.stores.is_empty() {
            let all = self.stores.len();
            parts.push(match all {
                1 => format!("one store or broker, which runs {}", self.stores[0].runs),
                _ if single == 0 => {
                    format!("{all} stores, brokers and registries, none of them runs once")
                }
                _ if single == all => {
                    format!("{all} stores, brokers and registries, all of them run once")
                }
                _ => format!("{all} stores, brokers and registries, {single} of them run once"),
            });
        }
        if !self.once.is_empty() {
            let programs = counted(self.once.len(), "program");
            parts.push(match self.once.len() {
                1 => format!("{programs} runs once and is needed by several"),
                _ => format!("{programs} run once and are needed by several"),
            });
        }
        let open = self.backpressure.iter().filter(|row| !row.bounded).count();
        if open > 0 {
            parts.push(format!(
                "{} where work waits without a bound",
                counted(open, "place")
            ));
        }
        let mut text = parts.join("; ");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{text}.")
    }
}

fn first_place(analysis: &Analysis, evidence: &[Evidence]) -> Option<(String, usize)> {
    let span = evidence.iter().find_map(Evidence::span)?;
    Some(source_location(&analysis.sources, span))
}

fn store_row(analysis: &Analysis, index: usize, cluster: &Cluster) -> Option<StoreRow> {
    let (file, line) = first_place(analysis, &cluster.evidence)?;
    let name = cluster.members.join(", ");
    Some(StoreRow {
        id: stable_id(&["store", &name]),
        cluster: index,
        name,
        technology: cluster.technology.clone(),
        runs: match (cluster.instances, cluster.members.len()) {
            (1, _) => "once".to_owned(),
            (instances, 1) => counted(instances as usize, "replica"),
            (instances, _) => counted(instances as usize, "member"),
        },
        copies: copies(cluster),
        when_lost: when_lost(cluster),
        used_by: cluster.used_by.join(", "),
        single: cluster.instances == 1,
        file,
        line,
    })
}

/// How many copies there are, and how many must agree to a write.
fn copies(cluster: &Cluster) -> String {
    if cluster.instances == 1 {
        return "one copy".to_owned();
    }
    match cluster.protocol {
        Some(Replication::Majority) => {
            let copies = cluster.copies().unwrap_or(cluster.instances);
            let copies = copies.min(cluster.instances);
            let of = format!("a write counts when {} of {copies} have it", copies / 2 + 1);
            match &cluster.factor {
                Some(factor) => format!("{of} (`{}`)", factor.name),
                None => of,
            }
        }
        Some(Replication::InSyncReplicas) => {
            let copies = match &cluster.factor {
                Some(factor) => format!("{} of each topic (`{}`)", factor.value, factor.name),
                None => {
                    let copies = cluster.default_factor.unwrap_or(1);
                    format!("{copies} of each topic, unless a topic was made with more")
                }
            };
            match &cluster.min_insync {
                Some(needed) => format!(
                    "{copies}; {} in sync to write (`{}`)",
                    needed.value, needed.name
                ),
                None => format!("{copies}; 1 in sync to write"),
            }
        }
        Some(Replication::Primary) => {
            let followers = cluster.instances - 1;
            let confirm = match cluster.synchronous {
                Some(_) => "and confirm",
                None => "and do not confirm",
            };
            format!("one takes the writes, {followers} follow {confirm}")
        }
        Some(Replication::Leaderless) => "each request says how many must answer".to_owned(),
        None => "not known how it keeps copies".to_owned(),
    }
}

/// What is consistent and what is available when one is lost.
fn when_lost(cluster: &Cluster) -> String {
    if cluster.instances == 1 {
        let held = match (cluster.kind, cluster.keeps_data) {
            (ComponentKind::Cache, false) => "its copies are gone",
            (_, true) => "what it holds stays on its volume",
            (_, false) => "no named volume keeps what it holds",
        };
        return format!("not available until it is back; {held}");
    }
    let more = |lost: u32| match lost {
        1 => "one may be lost".to_owned(),
        lost => format!("{lost} may be lost"),
    };
    match (cluster.protocol, cluster.writes_survive) {
        (Some(Replication::Majority), Some(0)) => {
            "consistent, not available: the rest is no majority".to_owned()
        }
        (Some(Replication::Majority), Some(lost)) => {
            format!("available and consistent; {}", more(lost))
        }
        (Some(Replication::InSyncReplicas), Some(0)) => match cluster.copies() {
            Some(1) => "its partitions are not available, and gone with its disk".to_owned(),
            _ => "reads go on; writes that wait for all copies stop: consistent, not available"
                .to_owned(),
        },
        (Some(Replication::InSyncReplicas), Some(lost)) => format!(
            "available, and consistent for whoever waits for all copies; {}",
            more(lost)
        ),
        (Some(Replication::Primary), _) => {
            let held = match cluster.synchronous {
                Some(_) => "nothing that was confirmed is lost",
                None => "what the others had not yet is lost",
            };
            format!("without the primary, no writes until another takes over, and {held}")
        }
        (Some(Replication::Leaderless), _) => {
            "each request chooses between staying available and staying consistent".to_owned()
        }
        _ => "not known".to_owned(),
    }
}

fn once_row(analysis: &Analysis, point: &SinglePoint) -> Option<OnceRow> {
    let component = analysis.system.component(&point.id)?;
    let (file, line) = first_place(analysis, &component.evidence)?;
    let mut parts = Vec::new();
    if !point.dependents.is_empty() {
        parts.push(format!("used by {}", point.dependents.join(", ")));
    }
    if !point.only_way_to.is_empty() {
        parts.push(format!("the only way to {}", point.only_way_to.join(", ")));
    }
    Some(OnceRow {
        id: stable_id(&["once", &point.id]),
        name: point.id.clone(),
        felt_by: parts.join("; "),
        file,
        line,
    })
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Queues without a bound, requests for everything at once, and brokers between those who send and
/// those who take.
fn backpressure(analysis: &Analysis) -> Vec<BackpressureRow> {
    let system: &System = &analysis.system;
    let mut rows: Vec<BackpressureRow> = Vec::new();
    let mut add = |service: &str, function: &str, says: String, bounded: bool, span: Span| {
        let (file, line) = source_location(&analysis.sources, span);
        let id = stable_id(&["backpressure", service, function, &says]);
        if !rows.iter().any(|row| row.id == id) {
            let name = match function.is_empty() {
                true => service.to_owned(),
                false => format!("{service}, {function}"),
            };
            rows.push(BackpressureRow {
                id,
                name,
                says,
                bounded,
                file,
                line,
            });
        }
    };
    for buffer in system
        .unbounded_buffers
        .iter()
        .filter(|one| one.fed_from_outside)
    {
        let function = system.call_graph.name(buffer.function);
        let says = format!(
            "`{}` waits in a queue in memory without a bound",
            buffer.item
        );
        add(&buffer.service, function, says, false, buffer.span);
    }
    let fanned = system.guard_faults.iter();
    for fault in fanned.filter(|fault| fault.kind == GuardFaultKind::FannedOut) {
        let call = &system.calls[fault.call];
        let function = system.call_graph.name(call.function);
        let target = call.target.as_deref().unwrap_or("another service");
        let says = format!("a request to {target} for every item at once, however many there are");
        add(&call.service, function, says, false, fault.span);
    }
    for cluster in system.clusters.iter().filter(|one| !one.development) {
        let (senders, takers) = &cluster.flow;
        let place = cluster.evidence.iter().find_map(Evidence::span);
        let (false, false, Some(place)) = (senders.is_empty(), takers.is_empty(), place) else {
            continue;
        };
        let verb = |names: &[String], one: &'static str, several: &'static str| match names.len() {
            1 => one,
            _ => several,
        };
        let between = format!(
            "takes in what {} {}, however far {} {} behind",
            and(senders),
            verb(senders, "sends", "send"),
            and(takers),
            verb(takers, "falls", "fall")
        );
        let (says, span) = match &cluster.bound {
            Some((name, span)) => (format!("{between}; `{name}` bounds it"), *span),
            None => (format!("{between}; no setting here bounds it"), place),
        };
        add(
            &cluster.members.join(", "),
            "",
            says,
            cluster.bound.is_some(),
            span,
        );
    }
    rows
}
