//! `#[derive(Replicate)]`: writes the field table of an entity from attributes.
//!
//! Its attributes are described on the macro itself; `auspice` passes it on, and runs the examples.

mod attributes;
mod spelling;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Result, Type, parse_macro_input};

use attributes::{FieldLine, Options, table_line};

#[doc = include_str!("../ATTRIBUTES.md")]
#[proc_macro_derive(Replicate, attributes(field, replicate))]
pub fn derive_replicate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| refused(&input, &error)).into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    match &input.data {
        Data::Struct(data) => expand_struct(input, &data.fields),
        Data::Enum(data) => expand_enum(input, data),
        Data::Union(_) => Err(Error::new(input.span(), "Replicate cannot be derived for a union")),
    }
}

/// The error, and an implementation that never runs: without it each use of the type would be an error of its own, and
/// hide the one that matters.
fn refused(input: &DeriveInput, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let name = &input.ident;
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    quote! {
        #error
        impl #generics ::auspice::state::Replicate for #name #type_generics #bounds {
            const KINDS: &'static [::auspice::state::Kind] = <() as ::auspice::state::Replicate>::KINDS;
            fn kind(&self) -> usize { 0 }
            fn write_row(&self, _: &mut ::auspice::state::Row) {}
            fn read_row(_: usize, _: &::auspice::state::Row) -> Self { loop {} }
        }
    }
}

fn expand_struct(input: &DeriveInput, fields: &Fields) -> Result<TokenStream> {
    let Fields::Named(named) = fields else {
        let span = if let Fields::Unit = fields { input.ident.span() } else { fields.span() };
        return Err(Error::new(span, "Replicate needs a struct with named fields; `()` is an input without any"));
    };
    let names: Vec<&Ident> = named.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = named.named.iter().map(|field| &field.ty).collect();
    let lines: Vec<FieldLine> = named.named.iter().map(|field| table_line(field, &names)).collect::<Result<_>>()?;
    refuse_two_places(&names, &lines)?;
    let flattens = lines.iter().any(|line| matches!(line, FieldLine::Flat));
    let name = &input.ident;
    let kind = kind(name, &Options::read(input, &names, flattens)?);
    let table = table(&lines, &types, flattens);
    let Columns { row, table: fields, at, position, writes, steps, reads } = columns(&names, &types, &lines);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::auspice::state::Replicate for #name #type_generics #bounds {
            const KINDS: &'static [::auspice::state::Kind] = {
                const FIELDS: &[::auspice::state::Field] = #table;
                &[#kind]
            };

            #[inline]
            fn kind(&self) -> usize {
                0
            }

            #[inline]
            fn write_row(&self, #row: &mut ::auspice::state::Row) {
                let #fields = Self::KINDS[0].fields;
                let mut #at = 0;
                #(#writes)*
                let _ = (#at, #fields);
            }

            #[inline]
            fn write_steps(&self, #row: &mut [f64; ::auspice::limits::COLUMNS_MAX]) {
                let #fields = Self::KINDS[0].fields;
                let mut #at = 0;
                #(#steps)*
                let _ = (#at, #fields);
            }

            #[inline]
            fn read_row(_: usize, #row: &::auspice::state::Row) -> Self {
                let #fields = Self::KINDS[0].fields;
                let mut #at = 0;
                #(#reads)*
                let _ = (#at, #fields);
                Self { #(#names),* }
            }

            #position
        }
    })
}

/// The expression of the kind, whose table is called `FIELDS` there.
fn kind(name: &Ident, options: &Options) -> TokenStream {
    let Options { labelled, symbols, priority, patience, interpolate, rewinds, obstacle, codes } = options;
    let title = name.to_string();
    let priority = priority.clone().unwrap_or_else(|| syn::parse_quote!(1));
    let patience = patience.as_ref().map_or_else(|| quote! { None }, |patience| quote! { Some(#patience) });
    let codes = codes.clone().unwrap_or_else(|| syn::parse_quote!(""));
    let display = if *interpolate {
        quote! { Interpolate }
    } else {
        quote! { Advance }
    };
    quote! {
        ::auspice::state::Kind {
            name: #title,
            labelled: #labelled,
            priority: #priority,
            patience_millis: #patience,
            news: &[#(#symbols),*],
            codes: #codes,
            display: ::auspice::state::Display::#display,
            rewinds: #rewinds,
            obstacle: #obstacle,
            fields: FIELDS,
        }
    }
}

/// Refuses two fields that are marked `position`.
fn refuse_two_places(names: &[&Ident], lines: &[FieldLine]) -> Result<()> {
    let mut places =
        names.iter().zip(lines).filter(|(_, line)| matches!(line, FieldLine::Own { is_position: true, .. }));
    if let (Some((first, _)), Some((second, _))) = (places.next(), places.next()) {
        return Err(Error::new(
            second.span(),
            format!("an entity is in one place: `{first}` is marked `position` already"),
        ));
    }
    Ok(())
}

/// The table's expression: its lines, and those of the structs that are flattened in their places.
fn table(lines: &[FieldLine], types: &[&Type], flattens: bool) -> TokenStream {
    let pieces = lines.iter().zip(types).map(|(line, ty)| match line {
        FieldLine::Own { expression, .. } if flattens => quote! { ::auspice::state::Piece::Own(#expression) },
        FieldLine::Own { expression, .. } => expression.clone(),
        FieldLine::Flat => quote! { ::auspice::state::Piece::Flat(::auspice::state::flat_fields::<#ty>()) },
    });
    if !flattens {
        return quote! { &[#(#pieces),*] };
    }
    quote! {{
        const PIECES: &[::auspice::state::Piece] = &[#(#pieces),*];
        const JOINED: [::auspice::state::Field; ::auspice::state::count_fields(PIECES)] =
            ::auspice::state::join_fields(PIECES);
        &JOINED
    }}
}

/// The bodies by which a struct becomes columns and comes back. `row`, `table` and `at` are names of the
/// expansion's own, which no field's name can meet.
struct Columns {
    row: Ident,
    table: Ident,
    at: Ident,
    position: TokenStream,
    writes: Vec<TokenStream>,
    steps: Vec<TokenStream>,
    reads: Vec<TokenStream>,
}

fn columns(names: &[&Ident], types: &[&Type], lines: &[FieldLine]) -> Columns {
    let [row, table, at] = ["row", "fields", "at"].map(|name| Ident::new(name, Span::mixed_site()));
    let (mut writes, mut steps, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    let (mut place, mut places) = (None, Vec::new());
    // The line of the table at which a field begins: so many of its own before it, and all that were taken in.
    let (mut own_before, mut flat_before) = (0_usize, Vec::new());
    for ((name, ty), line) in names.iter().zip(types).zip(lines) {
        let index = quote! { #own_before #(+ #flat_before)* };
        match line {
            FieldLine::Own { is_position, .. } => {
                own_before += 1;
                let own = quote! { &#table[#index], &mut #row[#at..] };
                let go_on = quote! { #at += #table[#index].quantity.columns(); };
                writes.push(quote! {
                    ::auspice::state::FieldValue::write_columns(&self.#name, #own);
                    #go_on
                });
                steps.push(quote! {
                    ::auspice::state::FieldValue::write_steps(&self.#name, #own);
                    #go_on
                });
                reads.push(check_of_field(name, ty, &index));
                reads.push(quote! {
                    let #name = <#ty as ::auspice::state::FieldValue>::read_columns(&#table[#index], &#row[#at..]);
                    #go_on
                });
                if *is_position && place.is_none() {
                    place = Some(
                        quote! { Some(::auspice::state::Point::to_units(&self.#name, &Self::KINDS[0].fields[#index])) },
                    );
                }
            }
            FieldLine::Flat => {
                writes.push(quote! { #at += ::auspice::state::write_flat(&self.#name, &mut #row[#at..]); });
                steps.push(quote! { #at += ::auspice::state::write_flat_steps(&self.#name, &mut #row[#at..]); });
                reads.push(quote! {
                    let #name = ::auspice::state::read_flat::<#ty>(&#row[#at..]);
                    #at += <#ty as ::auspice::state::Replicate>::KINDS[0].columns();
                });
                flat_before.push(quote! { <#ty as ::auspice::state::Replicate>::KINDS[0].fields.len() });
                if place.is_none() {
                    places.push(quote! { ::auspice::state::Replicate::position(&self.#name) });
                }
            }
        }
    }
    let position = (place.is_some() || !places.is_empty()).then(|| {
        let place = place.unwrap_or_else(|| quote! { None });
        quote! {
            #[inline]
            fn position(&self) -> Option<::auspice::glam::Vec3> {
                None #(.or_else(|| #places))* .or_else(|| #place)
            }
        }
    });
    Columns { row, table, at, position: position.unwrap_or_default(), writes, steps, reads }
}

/// A check for the compiler, whose errors stand at the field's type: its quantity fits that type.
fn check_of_field(name: &Ident, ty: &Type, index: &TokenStream) -> TokenStream {
    let shape =
        format!("`{name}`: its type has another shape than its quantity: one number, two, three, or a rotation");
    let range = format!(
        "`{name}`: its range has more steps than its type holds exactly: a coarser step, a larger type, or for a \
         `bool` one bit"
    );
    let step = format!("`{name}`: its step is not more than 0");
    quote_spanned! { ty.span() =>
        const {
            let quantity = <Self as ::auspice::state::Replicate>::KINDS[0].fields[#index].quantity;
            assert!(quantity.step() > 0.0, #step);
            assert!(quantity.columns() == <#ty as ::auspice::state::FieldValue>::COLUMNS, #shape);
            assert!(
                quantity.is_within(
                    <#ty as ::auspice::state::FieldValue>::STEPS_MIN,
                    <#ty as ::auspice::state::FieldValue>::STEPS_MAX,
                ),
                #range
            );
        }
    }
}

fn expand_enum(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let mut variants = Vec::new();
    let mut types = Vec::new();
    for variant in &data.variants {
        let wrong = || {
            let told = format!("each variant holds one struct that derives Replicate: {0}({0})", variant.ident);
            Error::new(variant.ident.span(), told)
        };
        let Fields::Unnamed(inner) = &variant.fields else { return Err(wrong()) };
        let (Some(only), 1) = (inner.unnamed.first(), inner.unnamed.len()) else { return Err(wrong()) };
        variants.push(&variant.ident);
        types.push(&only.ty);
    }
    let Some(last) = variants.last() else {
        return Err(Error::new(input.span(), "an enum of kinds needs at least one"));
    };
    let last_type = types.last();
    let name = &input.ident;
    let indexes = 0..variants.len();
    let indexes_again = indexes.clone();
    Ok(quote! {
        impl ::auspice::state::Replicate for #name {
            const KINDS: &'static [::auspice::state::Kind] = &[#({
                assert!(
                    <#types as ::auspice::state::Replicate>::KINDS.len() == 1,
                    "a variant holds a struct, not an enum"
                );
                <#types as ::auspice::state::Replicate>::KINDS[0]
            }),*];

            #[inline]
            fn kind(&self) -> usize {
                match self {
                    #(Self::#variants(_) => #indexes,)*
                }
            }

            #[inline]
            fn write_row(&self, row: &mut ::auspice::state::Row) {
                match self {
                    #(Self::#variants(inner) => ::auspice::state::Replicate::write_row(inner, row),)*
                }
            }

            #[inline]
            fn write_steps(&self, steps: &mut [f64; ::auspice::limits::COLUMNS_MAX]) {
                match self {
                    #(Self::#variants(inner) => ::auspice::state::Replicate::write_steps(inner, steps),)*
                }
            }

            #[inline]
            fn read_row(kind: usize, row: &::auspice::state::Row) -> Self {
                match kind {
                    #(#indexes_again => Self::#variants(<#types as ::auspice::state::Replicate>::read_row(0, row)),)*
                    _ => Self::#last(<#last_type as ::auspice::state::Replicate>::read_row(0, row)),
                }
            }

            #[inline]
            fn position(&self) -> Option<::auspice::glam::Vec3> {
                match self {
                    #(Self::#variants(inner) => ::auspice::state::Replicate::position(inner),)*
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentence by which a definition is refused.
    fn told(definition: &str) -> String {
        let input = syn::parse_str(definition).expect("it is Rust");
        expand(&input).expect_err("it is refused").to_string()
    }

    /// The same of a struct with one field.
    fn told_of(attribute: &str) -> String {
        told(&format!("struct Ship {{ {attribute} at: Vec2 }}"))
    }

    #[test]
    fn a_word_that_is_none_is_told_with_those_that_are() {
        let told = told_of("#[field(vec2(min = -1, max = 1, step = 1), move_by = velocity)]");
        assert!(told.starts_with("`move_by` is no word for a field. Did you mean `moved_by`?"), "{told}");
        let told = told_of("#[field(wavelength)]");
        assert!(!told.contains("Did you mean"), "{told}");
        for word in ["vec2(..)", "counter(..)", "position", "tolerance = ..", "ATTRIBUTES.md"] {
            assert!(told.contains(word), "{told}");
        }
        let told = self::told("#[replicate(labelled)] struct Ship {}");
        assert!(told.starts_with("`labelled` is no word for a struct. Did you mean `label`?"), "{told}");
    }

    #[test]
    fn a_word_in_the_wrong_place_is_told_where_it_belongs() {
        assert!(told_of("#[field(label)]").contains("#[replicate(label)], on the struct"));
        assert!(told("#[replicate(position)] struct Ship {}").contains("#[field(.., position)], on a field"));
        assert!(told_of("#[field(position)]").starts_with("say first what it measures"));
        assert!(told_of("").starts_with("say first what it measures"));
    }

    #[test]
    fn a_number_that_is_missing_or_twice_there_is_named() {
        assert_eq!(
            told_of("#[field(vec2(min = -1, max = 1))]"),
            "`step` is missing: vec2(min = .., max = .., step = ..)"
        );
        assert_eq!(
            told_of("#[field(vec2)]"),
            "`min`, `max` and `step` are missing: vec2(min = .., max = .., step = ..)"
        );
        assert_eq!(told_of("#[field(counter(max = 1, max = 2))]"), "`max` is there twice");
        assert_eq!(told_of("#[field(counter(most = 1))]"), "`most` is not one of: counter(max = ..)");
    }

    #[test]
    fn a_field_measures_one_thing_and_an_entity_is_in_one_place() {
        assert!(told_of("#[field(counter(max = 1), flags(bits = 1))]").contains("a field measures one thing"));
        let place = "#[field(vec2(min = -1, max = 1, step = 1), position)]";
        let told = told(&format!("struct Ship {{ {place} at: Vec2, {place} aim: Vec2 }}"));
        assert_eq!(told, "an entity is in one place: `at` is marked `position` already");
    }

    #[test]
    fn a_field_that_is_moved_names_what_moves_it() {
        let moved = |by: &str| told_of(&format!("#[field(vec2(min = -1, max = 1, step = 1), moved_by = {by})]"));
        assert_eq!(moved("speed"), "there is no field `speed` in this struct to be moved by; it has: at");
        assert_eq!(moved("\"speed\""), "the name of a field of this struct, without quotes: moved_by = velocity");
    }

    #[test]
    fn a_kind_is_a_variant_with_a_struct_in_it() {
        let wanted = "each variant holds one struct that derives Replicate: Ship(Ship)";
        for variant in ["Ship", "Ship { at: u8 }", "Ship(Hull, Sail)"] {
            assert_eq!(told(&format!("enum Thing {{ {variant} }}")), wanted);
        }
    }

    #[test]
    fn what_is_refused_is_one_error_and_not_one_for_each_use() {
        let input = syn::parse_str("struct Ship { at: Vec2 }").expect("it is Rust");
        let error = expand(&input).expect_err("it is refused");
        let text = refused(&input, &error).to_string();
        assert!(text.contains("compile_error") && text.contains("Replicate for Ship"), "{text}");
    }
}
