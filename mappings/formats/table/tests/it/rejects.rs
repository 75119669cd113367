//! Rejects come back as a workbook that says why, and that can be corrected and uploaded as it is.

use std::collections::{BTreeMap, BTreeSet};

use caravan_mappings_table::table::Kind;
use caravan_mappings_table::write::rejects::{self, Why};
use caravan_mappings_table::write::template::{self, Language};
use caravan_mappings_table::{Dictionary, Header, Remembered, guess};

use crate::world::{cell, header, sheet, taken};

#[test]
fn rejected_rows_keep_their_cells_and_say_why() {
    let sheet =
        sheet("ACME dispatch\nOrder No,City,PIN\n0012,Pune,41101\n13,Delhi,110001\n=14,Agra,28\n");
    let header = header(&sheet);
    let why = |at: &str, text: &str| Why {
        at: BTreeSet::from([at.to_owned()]),
        reasons: vec![text.to_owned()],
    };
    let rejected = BTreeMap::from([(3, why("C3", "five digits")), (5, why("C5", "two digits"))]);
    let bytes = rejects::write(&sheet, &header, &rejected).unwrap();
    let read = taken(&bytes).sheets.remove(0);
    let expected = [
        "A1=ACME dispatch",
        "A2=Order No",
        "B2=City",
        "C2=PIN",
        "D2=What is wrong",
        "E2=Row in the upload",
        "A3=0012",
        "B3=Pune",
        "C3=41101",
        "D3=five digits",
        "E3=3",
        "A4==14",
        "B4=Agra",
        "C4=28",
        "D4=two digits",
        "E4=5",
    ];
    assert_eq!(crate::world::texts(&read), expected);
    assert_eq!(cell(&read, 3, 0).kind, Kind::Text, "a code is no number");

    let orders = Dictionary::orders().unwrap();
    let again = Header::find(&read, orders).unwrap();
    let mapping = guess(&read, &again, orders, &Remembered::new()).mapping();
    assert_eq!(
        mapping.keys().copied().collect::<Vec<_>>(),
        [0, 1, 2],
        "our own columns are passed over"
    );
}

#[test]
fn a_template_maps_itself_completely_in_both_languages() {
    let orders = Dictionary::orders().unwrap();
    for language in [Language::English, Language::Hindi] {
        let bytes = template::write(orders, language).unwrap();
        let sheet = taken(&bytes).sheets.remove(0);
        let header = Header::find(&sheet, orders).unwrap();
        let guesses = guess(&sheet, &header, orders, &Remembered::new());
        for (guess, (id, field)) in guesses.columns.iter().zip(orders.fields()) {
            assert_eq!(guess.field, Some(id), "{} in {language:?}: {guess:?}", field.name);
        }
        assert!(guesses.contested.is_empty());
    }
}
