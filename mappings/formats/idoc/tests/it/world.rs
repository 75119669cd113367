//! What every test needs: the layouts, and a document's items.

use std::sync::Arc;

use caravan_mappings_idoc::{Idoc, Item, Layouts, NotIdoc, Options, Reader};

pub(crate) fn layouts() -> Layouts {
    let mut layouts = Layouts::default();
    layouts.load(include_str!("../../../../code-lists/idoc-segments/orders05.txt")).unwrap();
    layouts.load(include_str!("../../../../code-lists/idoc-segments/delvry07.txt")).unwrap();
    layouts.load(include_str!("../../../../code-lists/idoc-segments/systat01.txt")).unwrap();
    layouts
}

pub(crate) fn read_with(input: &[u8], options: Options) -> Result<Vec<Item>, NotIdoc> {
    let mut reader = Reader::open(input, Arc::new(layouts()), options)?;
    let mut items = Vec::new();
    while let Some(item) = reader.next_item()? {
        items.push(item);
    }
    Ok(items)
}

pub(crate) fn read(input: &[u8]) -> Result<Vec<Item>, NotIdoc> {
    read_with(input, Options::default())
}

/// The only IDoc of a document.
pub(crate) fn whole(input: &[u8]) -> Idoc {
    match read(input).unwrap().as_slice() {
        [Item::Idoc(idoc)] => (**idoc).clone(),
        other => panic!("one whole IDoc was expected, not {other:?}"),
    }
}
