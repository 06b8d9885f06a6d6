//! Services of a compose file that stand in for what the code reaches at an address that only settings know: an object
//! store for the cloud's, a catcher of mail for the relay.

use crate::catalog::{Catalog, split_words};
use crate::model::{
    CallKind, Component, ComponentKind, OutboundCall, Reference, ReferenceVia, System,
};

/// Adds a reference from each component whose code stores objects or sends mail to the only service of its project that
/// takes them, where no address names one.
pub(super) fn stand_ins(system: &mut System, catalog: &Catalog) {
    let rules = &catalog.environment;
    let is_store = |component: &Component| component.kind == ComponentKind::ObjectStore;
    let stores = |call: &OutboundCall| {
        let known = rules.object_store_crates.contains(&call.krate);
        let words = split_words(call.target.as_deref().unwrap_or_default());
        let named = words
            .iter()
            .any(|word| rules.object_store_words.contains(word));
        call.kind == CallKind::CloudSdk && (known || named)
    };
    let takes_mail = |component: &Component| {
        let technology = component.technology.as_ref();
        technology.is_some_and(|technology| rules.mail_technologies.contains(technology))
    };
    let mails = |call: &OutboundCall| call.kind == CallKind::Smtp;
    let mut found = Vec::new();
    for client in &system.components {
        if client.package.is_none() || client.kind == ComponentKind::InitJob {
            continue;
        }
        for (is_target, reaches) in [
            (
                &is_store as &dyn Fn(&Component) -> bool,
                &stores as &dyn Fn(&OutboundCall) -> bool,
            ),
            (&takes_mail, &mails),
        ] {
            let all = system.components.iter();
            let all = all.filter(|target| target.in_compose && is_target(target));
            let near = all.clone().filter(|target| target.group == client.group);
            let near: Vec<&Component> = match client.in_compose {
                true => near.collect(),
                // What no compose file runs uses the only one there is.
                false => all.collect(),
            };
            let [only] = near.as_slice() else { continue };
            let mut known = system.references.iter();
            let addressed = known.any(|reference| {
                reference.from == client.id
                    && system.component(&reference.to).is_some_and(is_target)
            });
            let mut calls = system.calls.iter();
            let call = calls.find(|call| reaches(call) && system.runs(client, call.function));
            if let Some(call) = call.filter(|_| !addressed) {
                found.push(Reference {
                    from: client.id.clone(),
                    to: only.id.clone(),
                    via: ReferenceVia::Code,
                    span: call.name_span,
                });
            }
        }
    }
    system.references.extend(found);
}
