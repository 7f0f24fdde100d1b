//! Which modules each worker's registry already has.
//!
//! A registry asks one question at a time and names the last reply that it took in, so what it has is known exactly: a
//! reply that it threw away is sent again. Sending a module twice does no harm; a registry that is not known here gets
//! everything.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::record::Record;
use super::reply::{ModuleText, ModulesQuery};

/// How many bytes of text one reply holds at most, but for a single module that is longer. A quarter of the channel's
/// frame limit, because JSON text grows by its escapes.
pub(super) const MAX_REPLY_BYTES: usize = 4 * 1024 * 1024;
/// How many registries are remembered: far more than there are workers at a time.
const MAX_REGISTRIES: usize = 64;

/// What all registries have.
#[derive(Debug, Default)]
pub(super) struct Registries {
    by_name: FxHashMap<String, Registry>,
    clock: u64,
}

/// What one registry has.
#[derive(Debug, Default)]
struct Registry {
    /// Module to revision.
    held: FxHashMap<Arc<str>, u64>,
    /// The number of the last reply, and what was in it.
    last: u64,
    last_sent: Vec<Arc<str>>,
    used_at: u64,
}

impl Registries {
    /// The modules among `records` that the registry does not have.
    pub(super) fn lacking(&mut self, query: &ModulesQuery, records: &[Arc<Record>]) -> Vec<Arc<Record>> {
        let registry = self.registry(query);
        records
            .iter()
            .filter(|record| registry.held.get(&record.id) != Some(&record.revision))
            .map(Arc::clone)
            .collect()
    }

    /// The next reply: its number, its modules, and whether there are more.
    pub(super) fn take(&mut self, query: &ModulesQuery, records: &[Arc<Record>]) -> (u64, Vec<ModuleText>, bool) {
        let lacking = self.lacking(query, records);
        let registry = self.registry(query);
        let mut bytes = 0;
        let mut modules = Vec::new();
        let mut sent = Vec::new();
        let mut more = false;
        for record in &lacking {
            let message = record.outcome.as_ref().ok().and_then(|module| module.to_message(&record.id));
            let length = message.as_ref().map_or(0, |module| module.code.len() + module.mappings.len());
            if message.is_none() || (bytes + length > MAX_REPLY_BYTES && !modules.is_empty()) {
                more = true;
                break;
            }
            bytes += length;
            registry.held.insert(Arc::clone(&record.id), record.revision);
            sent.push(Arc::clone(&record.id));
            modules.extend(message);
        }
        registry.last += 1;
        registry.last_sent = sent;
        (registry.last, modules, more)
    }

    /// These modules have changed: no registry has them any more.
    pub(super) fn forget<'i>(&mut self, ids: impl Iterator<Item = &'i Arc<str>>) {
        for id in ids {
            for registry in self.by_name.values_mut() {
                registry.held.remove(id);
            }
        }
    }

    /// The registry that asks, brought up to what it says it has.
    fn registry(&mut self, query: &ModulesQuery) -> &mut Registry {
        self.clock += 1;
        if !self.by_name.contains_key(&query.registry) && self.by_name.len() >= MAX_REGISTRIES {
            let oldest = self.by_name.iter().min_by_key(|(_, registry)| registry.used_at);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                self.by_name.remove(&name);
            }
        }
        let registry = self.by_name.entry(query.registry.clone()).or_default();
        registry.used_at = self.clock;
        if query.have != registry.last {
            if query.have + 1 == registry.last {
                for id in std::mem::take(&mut registry.last_sent) {
                    registry.held.remove(&id);
                }
            } else {
                registry.held.clear();
            }
            registry.last = query.have;
        }
        registry
    }
}
