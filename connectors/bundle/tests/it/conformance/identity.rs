//! Who a connector is, and that it does nothing that it was not granted.

use std::collections::BTreeSet;
use std::sync::Arc;

use caravan_fault::Class;

use super::behaviour::Verdict;
use super::subject::{Subject, WALL, Way};
use super::world::Granted;

/// Id, operations and messages are the same in `meta`, in the exports and in `connector.toml`.
pub(crate) async fn meta_matches_the_manifest(subject: Arc<Subject>) -> Verdict {
    let (descriptor, manifest) = (subject.connector.descriptor(), &subject.manifest);
    if descriptor.id != manifest.connector.id || descriptor.id != subject.component.id {
        return Err(format!("it calls itself {:?}", descriptor.id));
    }
    if descriptor.title != manifest.connector.title {
        return Err(format!("its title {:?} is not the manifest's", descriptor.title));
    }
    let (has, says) = (subject.connector.operations(), manifest.operations);
    let exported = [
        has.tracking,
        has.files,
        has.webhooks,
        has.documents,
        has.orders,
        has.invoices,
        has.tenders,
        has.settlements,
    ];
    let declared = [
        says.tracking,
        says.files,
        says.webhooks,
        says.documents,
        says.orders,
        says.invoices,
        says.tenders,
        says.settlements,
    ];
    if exported != declared {
        return Err(format!("it exports {has:?} and declares {says:?}"));
    }
    let told: BTreeSet<&str> = descriptor.messages.iter().map(String::as_str).collect();
    let read: BTreeSet<&str> = manifest
        .messages
        .iter()
        .map(|message| message.kind.as_str())
        .filter(|kind| manifest.reads(kind))
        .collect();
    if told != read {
        return Err(format!("it says that it reads {told:?}, its manifest {read:?}"));
    }
    Ok(())
}

/// A message that a connector claims to read has a golden case that it reads.
pub(crate) async fn every_message_has_a_sample(subject: Arc<Subject>) -> Verdict {
    for message in &subject.manifest.messages {
        let has = subject.samples.iter().any(|(_, case)| case.message == message.kind);
        if subject.manifest.reads(&message.kind) && !has {
            return Err(format!(
                "none of its {} golden cases is a clean {}",
                subject.cases.iter().filter(|case| case.message == message.kind).count(),
                message.kind
            ));
        }
    }
    Ok(())
}

/// Without a granted address nothing leaves; what needs no address (a file, a push) is read all the same.
pub(crate) async fn no_capabilities_no_call(subject: Arc<Subject>) -> Verdict {
    if let Ok(case) = subject.sample(Way::Tracking) {
        let granted = Granted { base: None, secrets: true };
        let queries = vec![subject.query(case)];
        let tracked = subject.track_at(case, &granted, queries, WALL, false).await;
        tracked.got.is_failure(&[Class::Config])?;
    }
    if let Ok(case) = subject.sample(Way::Files)
        && !subject.open(case, case.bytes.clone()).await.is_clean()
    {
        return Err("it cannot read a file without capabilities".to_owned());
    }
    Ok(())
}
