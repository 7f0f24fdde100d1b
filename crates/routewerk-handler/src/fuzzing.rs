//! What must hold for any header block that a worker sends: the body of a fuzz target (`fuzz/`), which a property test of
//! `header_block.rs` drives as well. Not part of the crate's interface.

use crate::HeaderBlock;

/// A block that is taken has names that are tokens and values that split nothing, and is read the same again.
///
/// # Panics
/// When that does not hold.
pub fn header_block(bytes: &[u8]) {
    let Ok(block) = HeaderBlock::from_untrusted(bytes.to_vec()) else { return };
    let mut again = HeaderBlock::new();
    for (name, value) in block.iter() {
        assert!(again.push(name, value).is_ok(), "a field that was taken in a block is refused alone");
        assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "a value that splits a response");
    }
    assert_eq!(again.as_bytes(), block.as_bytes(), "the same fields are the same block");
    assert_eq!(block.all("cookie").count(), block.iter().filter(|(name, _)| *name == b"cookie").count());
}
