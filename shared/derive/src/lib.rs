//! `#[derive(Replicate)]`: writes the field table of an entity from attributes.
//!
//! Its attributes are described on the macro itself; `auspice` passes it on, and runs the examples.

mod attributes;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Result, Type, parse_macro_input};

use attributes::{FieldLine, Options, table_line};

#[doc = include_str!("../ATTRIBUTES.md")]
#[proc_macro_derive(Replicate, attributes(field, replicate))]
pub fn derive_replicate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = match &input.data {
        Data::Struct(data) => expand_struct(&input, &data.fields),
        Data::Enum(data) => expand_enum(&input, data),
        Data::Union(_) => Err(Error::new(input.span(), "Replicate cannot be derived for a union")),
    };
    expanded.unwrap_or_else(Error::into_compile_error).into()
}

fn expand_struct(input: &DeriveInput, fields: &Fields) -> Result<TokenStream> {
    let Fields::Named(named) = fields else {
        return Err(Error::new(fields.span(), "Replicate needs a struct with named fields"));
    };
    let names: Vec<&Ident> = named.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = named.named.iter().map(|field| &field.ty).collect();
    let lines: Vec<FieldLine> = named.named.iter().map(|field| table_line(field, &names)).collect::<Result<_>>()?;
    let flattens = lines.iter().any(|line| matches!(line, FieldLine::Flat));
    let name = &input.ident;
    let Options { labelled, symbols, priority, patience, interpolate, rewinds, obstacle, codes } =
        Options::read(input, &names, flattens)?;
    let title = name.to_string();
    let priority = priority.unwrap_or_else(|| syn::parse_quote!(1));
    let patience = patience.map_or_else(|| quote! { None }, |patience| quote! { Some(#patience) });
    let codes = codes.unwrap_or_else(|| syn::parse_quote!(""));
    let display = if interpolate {
        quote! { Interpolate }
    } else {
        quote! { Advance }
    };
    let table = table(&lines, &types, flattens);
    let Columns { row, table: fields, at, position, writes, steps, reads } = columns(&names, &types, &lines);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::auspice::state::Replicate for #name #type_generics #bounds {
            const KINDS: &'static [::auspice::state::Kind] = {
                const FIELDS: &[::auspice::state::Field] = #table;
                &[::auspice::state::Kind {
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
                }]
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
        const JOINED: [::auspice::state::Field; ::auspice::state::count_fields(PIECES)] = ::auspice::state::join_fields(PIECES);
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
                writes.push(quote! {
                    ::auspice::state::FieldValue::write_columns(&self.#name, &#table[#index], &mut #row[#at..]);
                    #at += #table[#index].quantity.columns();
                });
                steps.push(quote! {
                    ::auspice::state::FieldValue::write_steps(&self.#name, &#table[#index], &mut #row[#at..]);
                    #at += #table[#index].quantity.columns();
                });
                reads.push(quote! {
                    const {
                        let quantity = <Self as ::auspice::state::Replicate>::KINDS[0].fields[#index].quantity;
                        assert!(
                            quantity.columns() == <#ty as ::auspice::state::FieldValue>::COLUMNS,
                            "the field's type has another shape than its quantity: one number, two, three, or a rotation"
                        );
                        assert!(
                            quantity.is_within(
                                <#ty as ::auspice::state::FieldValue>::STEPS_MIN,
                                <#ty as ::auspice::state::FieldValue>::STEPS_MAX,
                            ),
                            "the field's range has more steps than its type holds exactly"
                        );
                    }
                    let #name = <#ty as ::auspice::state::FieldValue>::read_columns(&#table[#index], &#row[#at..]);
                    #at += #table[#index].quantity.columns();
                });
                if *is_position && place.is_none() {
                    place =
                        Some(quote! { Some(::auspice::state::Point::to_units(&self.#name, &Self::KINDS[0].fields[#index])) });
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

fn expand_enum(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let mut variants = Vec::new();
    let mut types = Vec::new();
    for variant in &data.variants {
        let Fields::Unnamed(inner) = &variant.fields else {
            return Err(Error::new(variant.span(), "each variant holds one struct that derives Replicate"));
        };
        let (Some(only), 1) = (inner.unnamed.first(), inner.unnamed.len()) else {
            return Err(Error::new(variant.span(), "each variant holds one struct that derives Replicate"));
        };
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
                assert!(<#types as ::auspice::state::Replicate>::KINDS.len() == 1, "a variant holds a struct, not an enum");
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
