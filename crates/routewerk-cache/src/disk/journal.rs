//! The invalidations on disk, so that what was invalidated before a restart does not come back fresh.
//!
//! ```text
//! header   magic 8 · store 16 · boot 16 · BLAKE3 of that, 16
//! record   tag 16 · stale, stale at, expired, pending, due, sequence u64 each · BLAKE3 of the store and that, 16
//! ```
//!
//! Invalidations are appended; a later record of a tag replaces an earlier one. Tag 0 is the floor, tag 2¹²⁸−1 marks a clean
//! end. When most records are replaced ones, the file is written anew, aside, and renamed.
//!
//! A killed process can leave half a record at the end: its invalidation was not acknowledged, and it is cut off.
//! Any other damage, and a machine that went down without a clean end (the boot's id tells; the tail of the file may be lost then),
//! makes the invalidations unknown: then the store begins anew, without its entries, and everything that was made before,
//! also elsewhere, counts as expired.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::moment::Moment;
use crate::tag::TagId;
use crate::tags::{Record, Sequence, Table};

use super::codec::{Reader, Writer};
use super::file::StoreId;
use super::folder::random;

/// The first bytes; the number is the format's version.
const MAGIC: &[u8; 8] = b"RWTAGS 1";
/// Bytes of the header.
const HEADER: usize = 8 + 16 + 16 + CHECK;
/// Bytes of a record.
const RECORD: usize = 16 + 6 * 8 + CHECK;
/// Bytes of a checksum.
const CHECK: usize = 16;
/// The floor's record.
const FLOOR: [u8; 16] = [0; 16];
/// The clean end's record.
const END: [u8; 16] = [0xff; 16];
/// A file shorter than this is not worth writing anew.
const SMALL: u64 = 1 << 20;

/// What a journal tells.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) store: StoreId,
    pub(super) table: Table,
}

/// Why the invalidations of before are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// There is no journal: a new store, if it has no entries either.
    New,
    /// It is damaged.
    Damaged,
    /// The machine went down while it was in use.
    Crashed,
}

/// The journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    store: StoreId,
    file: File,
    length: u64,
}

/// An id that no other store has.
pub(super) fn new_store_id() -> StoreId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random().to_le_bytes());
    id[8..].copy_from_slice(&random().to_le_bytes());
    id
}

/// What the file tells of the invalidations. `boot` names the machine's present run.
///
/// # Errors
/// [`io::Error`] where the file is there and cannot be read.
pub(super) fn read(path: &Path, boot: [u8; 16]) -> io::Result<Result<Known, Unknown>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes, boot)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Err(Unknown::New)),
        Err(error) => Err(error),
    }
}

fn parse(bytes: &[u8], boot: [u8; 16]) -> Result<Known, Unknown> {
    let (header, mut rest) = bytes.split_at_checked(HEADER).ok_or(Unknown::Damaged)?;
    let mut reader = Reader::new(header);
    let magic = reader.array::<8>().ok_or(Unknown::Damaged)?;
    let store: StoreId = reader.array().ok_or(Unknown::Damaged)?;
    let written_in: [u8; 16] = reader.array().ok_or(Unknown::Damaged)?;
    if magic != *MAGIC || header[HEADER - CHECK..] != check(&[&header[..HEADER - CHECK]]) {
        return Err(Unknown::Damaged);
    }
    let mut table = Table::default();
    let mut is_ended = false;
    while let Some((record, after)) = rest.split_at_checked(RECORD) {
        let Some((tag, record, sequence)) = parse_record(&store, record) else {
            // Half a record may stand at the very end; a bad one before others is damage.
            if after.is_empty() {
                break;
            }
            return Err(Unknown::Damaged);
        };
        rest = after;
        is_ended = tag == END;
        table.sequence = table.sequence.max(sequence);
        table.latest = table.latest.max(record.stale_at);
        match tag {
            END => {}
            FLOOR => table.floor = record,
            tag => {
                table.records.insert(TagId::from_bytes(tag), record);
            }
        }
    }
    if written_in != boot && !is_ended {
        return Err(Unknown::Crashed);
    }
    Ok(Known { store, table })
}

impl Journal {
    /// Writes a journal of everything that is known, in the place of the one that is there.
    ///
    /// # Errors
    /// [`io::Error`] of the file system; the old file is then still there.
    pub(super) fn create(path: &Path, store: StoreId, boot: [u8; 16], table: &Table) -> io::Result<Self> {
        let mut text = Writer::default();
        text.raw(MAGIC);
        text.raw(&store);
        text.raw(&boot);
        let sum = check(&[text.written()]);
        text.raw(&sum);
        write_record(&mut text, &store, FLOOR, &table.floor, table.sequence);
        for (tag, record) in &table.records {
            write_record(&mut text, &store, tag.to_bytes(), record, table.sequence);
        }
        let text = text.finish();
        let aside = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(&text)?;
        std::fs::rename(&aside, path)?;
        Ok(Self { store, file, length: text.len() as u64 })
    }

    /// Whether most of the file is out of date, so that it should be created anew. `records` are the table's.
    pub(super) const fn is_wasteful(&self, records: usize) -> bool {
        let needed = (HEADER + (records + 1) * RECORD) as u64;
        self.length > SMALL && self.length > 4 * needed
    }

    /// Appends what has changed.
    ///
    /// # Errors
    /// [`io::Error`] of the file system; the file may then end in half a record, and has to be created anew.
    pub(super) fn append(&mut self, changed: &[(TagId, Record)], floor: &Record, sequence: Sequence) -> io::Result<()> {
        let mut text = Writer::default();
        for (tag, record) in changed {
            write_record(&mut text, &self.store, tag.to_bytes(), record, sequence);
        }
        write_record(&mut text, &self.store, FLOOR, floor, sequence);
        self.write(&text.finish())
    }

    /// Sees to it that a power cut does not bring back the file of before, which had a clean end.
    ///
    /// # Errors
    /// [`io::Error`] of the file system.
    pub(super) fn sync(&self, directory: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        match File::open(directory)?.sync_all() {
            // Some file systems know no such thing for directories.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            done => done,
        }
    }

    /// Notes that everything was written, and hands the file to the device.
    ///
    /// # Errors
    /// [`io::Error`] of the file system.
    pub(super) fn end(mut self, sequence: Sequence) -> io::Result<()> {
        let mut text = Writer::default();
        write_record(&mut text, &self.store, END, &Record::default(), sequence);
        self.write(&text.finish())?;
        self.file.sync_all()
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.write_all(text)?;
        self.length += text.len() as u64;
        Ok(())
    }
}

fn write_record(text: &mut Writer, store: &StoreId, tag: [u8; 16], record: &Record, sequence: Sequence) {
    let start = text.written().len();
    text.raw(&tag);
    text.u64(record.stale.as_u64());
    text.u64(record.stale_at.as_millis());
    text.u64(record.expired.as_u64());
    text.u64(record.pending.as_u64());
    text.u64(record.due.as_millis());
    text.u64(sequence.as_u64());
    let sum = check(&[store, &text.written()[start..]]);
    text.raw(&sum);
}

fn parse_record(store: &StoreId, text: &[u8]) -> Option<([u8; 16], Record, Sequence)> {
    let (fields, sum) = text.split_at_checked(RECORD - CHECK)?;
    if sum != check(&[store, fields]) {
        return None;
    }
    let mut reader = Reader::new(fields);
    let tag = reader.array()?;
    let record = Record {
        stale: Sequence::from_u64(reader.u64()?),
        stale_at: Moment::from_millis(reader.u64()?),
        expired: Sequence::from_u64(reader.u64()?),
        pending: Sequence::from_u64(reader.u64()?),
        due: Moment::from_millis(reader.u64()?),
    };
    Some((tag, record, Sequence::from_u64(reader.u64()?)))
}

fn check(parts: &[&[u8]]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut sum = [0; CHECK];
    sum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::Invalidation;

    fn table() -> Table {
        let mut table = Table::default();
        for tag in ["a", "b", "a"] {
            table.invalidate(&[TagId::new(tag)], Invalidation::ExpireAfter(5), Moment::from_millis(7), 100);
        }
        table
    }

    fn bytes(table: &Table) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let mut journal = Journal::create(&path, [3; 16], [4; 16], &Table::default()).expect("written");
        let changed: Vec<_> = table.records.iter().map(|(tag, record)| (*tag, *record)).collect();
        journal.append(&changed, &table.floor, table.sequence).expect("appended");
        let bytes = std::fs::read(&path).expect("there");
        (directory, path, bytes)
    }

    #[test]
    fn what_was_appended_is_known_after_a_kill() {
        let (_directory, path, _) = bytes(&table());
        let known = read(&path, [4; 16]).expect("readable").expect("known");
        assert_eq!((known.store, known.table.sequence), ([3; 16], Sequence::from_u64(3)));
        assert_eq!(known.table.records, table().records);
    }

    #[test]
    fn half_a_record_at_the_end_is_cut_off_and_any_other_damage_makes_all_unknown() {
        let (_directory, _, whole) = bytes(&table());
        for cut in 1..RECORD {
            // The floor's record is the last one, the tag's before it stands.
            let known = parse(&whole[..whole.len() - cut], [4; 16]).expect("known");
            assert_eq!(known.table.records, table().records);
        }
        for place in 0..whole.len() - RECORD {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            assert_eq!(parse(&damaged, [4; 16]).expect_err("unknown"), Unknown::Damaged, "byte {place}");
        }
    }

    #[test]
    fn after_a_crash_of_the_machine_only_a_clean_end_is_trusted() {
        let (_directory, path, whole) = bytes(&table());
        assert_eq!(parse(&whole, [5; 16]).expect_err("unknown"), Unknown::Crashed);
        let journal = Journal::create(&path, [3; 16], [4; 16], &table()).expect("written");
        journal.end(Sequence::from_u64(9)).expect("ended");
        let known = read(&path, [5; 16]).expect("readable").expect("known");
        assert_eq!((known.table.sequence, known.table.records.len()), (Sequence::from_u64(9), 2));
    }
}
