//! Prefix codes for what an entity's news is about: the sets of fields that often have news together, each
//! with a code as short as it is frequent. The lengths stand in the field table (`train-codes` of the benches
//! measures them), so both ends have them.

use super::prefix::{WordCode, are_words};
use crate::bits::{BitReader, BitWriter, Malformed};

/// Length of the code that says which fields news is about, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// A bit for each field, or [`GONE`](Self::GONE), or [`OTHER`](Self::OTHER).
    pub fields: u32,
    /// 1 to 16.
    pub bits: u32,
}

impl Symbol {
    /// The entity is gone.
    pub const GONE: u32 = 0;
    /// Anything without a symbol of its own follows in full. A table of symbols must have this one.
    pub const OTHER: u32 = u32::MAX;

    pub(super) const fn topic(&self) -> NewsTopic {
        match self.fields {
            Self::GONE => NewsTopic::Gone,
            Self::OTHER => NewsTopic::Other,
            fields => NewsTopic::Fields(fields),
        }
    }
}

/// The meaning of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewsTopic {
    /// Exactly these fields have news.
    Fields(u32),
    /// The entity is gone.
    Gone,
    /// Something else, said in full.
    Other,
}

/// The symbols of one kind. None at all where everything is said in full.
#[derive(Clone, Debug)]
pub(super) struct Symbols(WordCode<NewsTopic>);

impl Symbols {
    pub(super) fn new(table: &[Symbol]) -> Self {
        Self(WordCode::new(table.iter().map(|symbol| (symbol.topic(), symbol.bits))))
    }

    /// Writes `topic`, or [`NewsTopic::Other`] where it has no symbol; true if it was said completely.
    pub(super) fn write(&self, topic: NewsTopic, out: &mut BitWriter) -> bool {
        self.0.write_or(topic, NewsTopic::Other, out)
    }

    /// Reads what [`write`](Self::write) wrote.
    pub(super) fn read(&self, reader: &mut BitReader<'_>) -> Result<NewsTopic, Malformed> {
        if self.0.is_empty() { Ok(NewsTopic::Other) } else { self.0.read(reader) }
    }
}

/// Checks the symbols of a kind with so many fields.
pub(super) fn check_symbols(fields: usize, news: &[Symbol]) -> Result<(), &'static str> {
    if news.is_empty() {
        return Ok(());
    }
    if fields >= 32 {
        return Err("symbols of news are for kinds of fewer than 32 fields");
    }
    if !are_words(news.iter().map(|symbol| symbol.bits)) {
        return Err("its symbols of news have other than 1 to 16 bits, or are too short to be told apart");
    }
    if !news.iter().any(|symbol| symbol.fields == Symbol::OTHER) {
        return Err("its symbols of news lack the one for all other news");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_symbol_reads_back_and_none_begins_another() {
        let table = [
            Symbol { fields: 1, bits: 1 },
            Symbol { fields: 2, bits: 3 },
            Symbol { fields: Symbol::GONE, bits: 3 },
            Symbol { fields: 6, bits: 4 },
            Symbol { fields: Symbol::OTHER, bits: 4 },
        ];
        let symbols = Symbols::new(&table);
        let mut writer = BitWriter::new();
        let topics: Vec<NewsTopic> = table.iter().map(Symbol::topic).collect();
        for topic in &topics {
            assert!(symbols.write(*topic, &mut writer));
        }
        assert!(!symbols.write(NewsTopic::Fields(9), &mut writer));
        let bytes = writer.finish().to_vec();
        let mut reader = BitReader::new(&bytes);
        for topic in topics {
            assert_eq!(symbols.read(&mut reader), Ok(topic));
        }
        assert_eq!(symbols.read(&mut reader), Ok(NewsTopic::Other));
    }
}
