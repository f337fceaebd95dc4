//! [`Coded`]: what a type that travels as bincode consists of, asked of its `Deserialize`.
//!
//! A type is made again and again of zeros and empty texts, and each time says what it would like to read
//! next. An enum is made of another variant each time, until all of all enums were there.
//!
//! No crate of reflection is used. Some (schemars, ts-rs) want a derive of their own, beside serde's, on every type
//! of a game. One (serde-reflection) does what this file does, and the server would have it for a command that is run
//! now and then.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::Serialize;
use serde::de::value::U32Deserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};

/// Times that a type is made: enough for three enums of twenty variants, each within one of the next.
const ROUNDS: usize = 10_000;

/// Depth to which types lie within each other; beyond it a type is taken to hold itself.
const DEEPEST: usize = 32;

/// A type that travels as bincode.
#[derive(Serialize)]
pub(super) struct Coded {
    #[serde(rename = "type")]
    pub(super) shape: CodedType,
    pub(super) structs: BTreeMap<&'static str, Vec<Named>>,
    pub(super) enums: BTreeMap<&'static str, Vec<Variant>>,
}

/// A type: a name of those that bincode knows, or made of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CodedType {
    #[default]
    Unknown,
    Struct(&'static str),
    Enum(&'static str),
    Option(Box<Self>),
    List(Box<Self>),
    Tuple(Vec<Self>),
    Map(Box<[Self; 2]>),
    #[serde(untagged)]
    Plain(&'static str),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Named {
    pub(super) name: &'static str,
    #[serde(rename = "type")]
    pub(super) shape: CodedType,
}

/// A variant of an enum, with what it holds in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Named>,
}

impl Coded {
    /// Finds out what `T` consists of; `None` where a type of it checks what it is made of, and is not
    /// content.
    pub(super) fn of<T: DeserializeOwned>() -> Option<Self> {
        let mut types = Types::default();
        for _ in 0..ROUNDS {
            let mut shape = CodedType::Unknown;
            let made = T::deserialize(Asked { types: &mut types, shape: &mut shape, depth: 0 });
            match made {
                Err(Unfit { is_too_deep: false }) => return None,
                Ok(_) if types.are_complete() => return Some(types.coded(shape)),
                _ => {}
            }
        }
        None
    }
}

/// The types that were met.
#[derive(Default)]
struct Types {
    structs: BTreeMap<&'static str, Vec<Named>>,
    enums: BTreeMap<&'static str, Variants>,
}

struct Variants {
    all: Vec<Variant>,
    /// Times that the enum was made, each time of the next variant.
    visits: usize,
}

impl Types {
    fn are_complete(&self) -> bool {
        self.enums.values().all(|variants| variants.visits >= variants.all.len())
    }

    fn coded(self, shape: CodedType) -> Coded {
        let enums = self.enums.into_iter().map(|(name, variants)| (name, variants.all)).collect();
        Coded { shape, structs: self.structs, enums }
    }
}

/// The value cannot be made.
#[derive(Debug)]
struct Unfit {
    is_too_deep: bool,
}

impl Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value cannot be made of zeros")
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: Display>(_: T) -> Self {
        Self { is_too_deep: false }
    }
}

/// A place where a type asks for a value; its shape is written down.
struct Asked<'a> {
    types: &'a mut Types,
    shape: &'a mut CodedType,
    depth: usize,
}

impl Asked<'_> {
    /// A place within this one.
    fn within<'b>(&'b mut self, shape: &'b mut CodedType) -> Asked<'b> {
        Asked { types: self.types, shape, depth: self.depth + 1 }
    }

    /// Gives so many values one after the other, and returns their shapes.
    fn ask<'de, V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<(V::Value, Vec<CodedType>), Unfit> {
        if self.depth > DEEPEST {
            return Err(Unfit { is_too_deep: true });
        }
        let mut shapes = vec![CodedType::Unknown; count];
        let sequence = Sequence { types: self.types, left: shapes.iter_mut(), depth: self.depth + 1 };
        Ok((visitor.visit_seq(sequence)?, shapes))
    }
}

fn named(names: &[&'static str], shapes: Vec<CodedType>) -> Vec<Named> {
    names.iter().zip(shapes).map(|(name, shape)| Named { name, shape }).collect()
}

/// The names of fields that have none.
const NUMBERS: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];

macro_rules! plain {
    ($($method:ident $visit:ident $name:literal $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            *self.shape = CodedType::Plain($name);
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Unfit;

    plain! {
        deserialize_bool visit_bool "bool" false;
        deserialize_i8 visit_i8 "i8" 0;
        deserialize_i16 visit_i16 "i16" 0;
        deserialize_i32 visit_i32 "i32" 0;
        deserialize_i64 visit_i64 "i64" 0;
        deserialize_u8 visit_u8 "u8" 0;
        deserialize_u16 visit_u16 "u16" 0;
        deserialize_u32 visit_u32 "u32" 0;
        deserialize_u64 visit_u64 "u64" 0;
        deserialize_f32 visit_f32 "f32" 0.0;
        deserialize_f64 visit_f64 "f64" 0.0;
        deserialize_char visit_char "char" 'a';
        deserialize_str visit_str "text" "";
        deserialize_string visit_str "text" "";
        deserialize_bytes visit_bytes "bytes" &[];
        deserialize_byte_buf visit_bytes "bytes" &[];
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfit> {
        let mut shape = CodedType::Unknown;
        let made = visitor.visit_some(self.within(&mut shape))?;
        *self.shape = CodedType::Option(shape.into());
        Ok(made)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        *self.shape = CodedType::Tuple(Vec::new());
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfit> {
        let (made, mut shapes) = self.ask(1, visitor)?;
        *self.shape = CodedType::List(shapes.remove(0).into());
        Ok(made)
    }

    fn deserialize_tuple<V: Visitor<'de>>(mut self, length: usize, visitor: V) -> Result<V::Value, Unfit> {
        let (made, shapes) = self.ask(length, visitor)?;
        *self.shape = CodedType::Tuple(shapes);
        Ok(made)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let mut shapes = vec![CodedType::Unknown; 2];
        let entry = Sequence { types: self.types, left: shapes.iter_mut(), depth: self.depth + 1 };
        let made = visitor.visit_map(entry)?;
        let [value, key] = [shapes.pop().unwrap_or_default(), shapes.pop().unwrap_or_default()];
        *self.shape = CodedType::Map([key, value].into());
        Ok(made)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let (made, shapes) = self.ask(fields.len(), visitor)?;
        *self.shape = CodedType::Struct(name);
        self.types.structs.insert(name, named(fields, shapes));
        Ok(made)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        *self.shape = CodedType::Enum(name);
        let all = || variants.iter().map(|name| Variant { name, fields: Vec::new() }).collect();
        let known = self.types.enums.entry(name).or_insert_with(|| Variants { all: all(), visits: 0 });
        let index = known.visits % variants.len().max(1);
        known.visits += 1;
        visitor.visit_enum(Chosen { asked: self, name, index })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit { is_too_deep: false })
    }

    /// Bincode does not say of which type a value is, so no type that travels may ask.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit { is_too_deep: false })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit { is_too_deep: false })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Values one after the other, a shape for each.
struct Sequence<'a> {
    types: &'a mut Types,
    left: std::slice::IterMut<'a, CodedType>,
    depth: usize,
}

impl<'de> de::SeqAccess<'de> for Sequence<'_> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some(shape) = self.left.next() else { return Ok(None) };
        seed.deserialize(Asked { types: self.types, shape, depth: self.depth }).map(Some)
    }
}

impl<'de> de::MapAccess<'de> for Sequence<'_> {
    type Error = Unfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        de::SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        de::SeqAccess::next_element_seed(self, seed)?.ok_or(Unfit { is_too_deep: false })
    }
}

/// An enum that is made of one of its variants.
struct Chosen<'a> {
    asked: Asked<'a>,
    name: &'static str,
    index: usize,
}

impl Chosen<'_> {
    fn write_down(self, fields: Vec<Named>) {
        if let Some(known) = self.asked.types.enums.get_mut(self.name) {
            known.all[self.index].fields = fields;
        }
    }
}

impl<'de> de::EnumAccess<'de> for Chosen<'_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Unfit> {
        let index: U32Deserializer<Unfit> = (self.index as u32).into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Chosen<'_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Unfit> {
        let mut shape = CodedType::Unknown;
        if self.asked.depth > DEEPEST {
            return Err(Unfit { is_too_deep: true });
        }
        let made = seed.deserialize(self.asked.within(&mut shape))?;
        self.write_down(named(&NUMBERS, vec![shape]));
        Ok(made)
    }

    fn tuple_variant<V: Visitor<'de>>(mut self, length: usize, visitor: V) -> Result<V::Value, Unfit> {
        let (made, shapes) = self.asked.ask(length, visitor)?;
        self.write_down(named(&NUMBERS, shapes));
        Ok(made)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let (made, shapes) = self.asked.ask(fields.len(), visitor)?;
        self.write_down(named(fields, shapes));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    enum Inner {
        #[allow(dead_code)]
        Both(u8, f32),
        #[allow(dead_code)]
        Map(BTreeMap<u16, Outer>),
    }

    #[derive(Deserialize)]
    enum Outer {
        Nothing,
        #[allow(dead_code)]
        Some {
            inner: Option<Inner>,
            more: Vec<Self>,
        },
        #[allow(dead_code)]
        Text(String),
    }

    #[derive(Deserialize)]
    struct Even(#[allow(dead_code)] u8);

    #[test]
    fn a_type_is_found_out_with_all_variants_of_what_lies_within_it() {
        let coded = serde_json::to_value(Coded::of::<Outer>().expect("it can be made of zeros")).unwrap();
        let outer = serde_json::json!({"enum": "Outer"});
        assert_eq!(coded["type"], outer);
        assert_eq!(
            coded["enums"]["Outer"],
            serde_json::json!([
                {"name": "Nothing", "fields": []},
                {"name": "Some", "fields": [
                    {"name": "inner", "type": {"option": {"enum": "Inner"}}},
                    {"name": "more", "type": {"list": outer}},
                ]},
                {"name": "Text", "fields": [{"name": "0", "type": "text"}]},
            ])
        );
        assert_eq!(
            coded["enums"]["Inner"],
            serde_json::json!([
                {"name": "Both", "fields": [{"name": "0", "type": "u8"}, {"name": "1", "type": "f32"}]},
                {"name": "Map", "fields": [{"name": "0", "type": {"map": ["u16", outer]}}]},
            ])
        );
        let plain = serde_json::to_value(Coded::of::<(Even, ())>()).unwrap();
        assert_eq!(plain["type"], serde_json::json!({"tuple": ["u8", {"tuple": []}]}));
    }

    #[test]
    fn a_type_that_zeros_do_not_please_stays_unknown() {
        assert!(Coded::of::<std::num::NonZeroU8>().is_none());
    }
}
