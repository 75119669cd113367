//! Columns are known by their headers, in English and Hindi, and by what their cells look like.

use caravan_mappings_table::guess::Reason;
use caravan_mappings_table::{Dictionary, Guesses, Header, Remembered, guess};

use crate::world::{header, sheet, taken, xlsx};

fn guessed(csv: &str, remembered: &Remembered) -> Guesses {
    let sheet = sheet(csv);
    guess(&sheet, &header(&sheet), Dictionary::orders().unwrap(), remembered)
}

/// The names of the fields from the left; `-` for a column that is left out.
fn fields(csv: &str) -> Vec<String> {
    named(&guessed(csv, &Remembered::new()))
}

fn named(guesses: &Guesses) -> Vec<String> {
    let orders = Dictionary::orders().unwrap();
    let name = |id| orders.field(id).map_or("-".to_owned(), |field| field.name.clone());
    guesses.columns.iter().map(|guess| guess.field.map_or("-".to_owned(), name)).collect()
}

#[test]
fn english_headers_as_people_write_them() {
    assert_eq!(
        fields(
            "Order No.,PO Ref,Consignee Name,Consignee City,Dest. Pincode,Gross Wt (Kgs),No. of Pkgs,Despatch Dt,Veh. Type,Transporter,Inv. Value (Rs.),Item Desc\n1,a,b,Pune,411001,5,1,25/11/2026,x,y,9,z\n"
        ),
        [
            "order_number",
            "reference",
            "delivery_name",
            "delivery_city",
            "delivery_postal_code",
            "weight",
            "packages",
            "pickup_date",
            "vehicle_type",
            "carrier",
            "value",
            "material"
        ]
    );
}

#[test]
fn hindi_headers() {
    assert_eq!(
        fields(
            "ऑर्डर नं.,प्रेषक,लोडिंग शहर,प्राप्तकर्ता का नाम,गंतव्य शहर,पिन कोड,वज़न (किलो),नग,गाड़ी का प्रकार,पिकअप तारीख,माल का विवरण,माल का मूल्य\n1,a,Pune,b,Delhi,110001,5,1,x,25/11/2026,y,9\n"
        ),
        [
            "order_number",
            "pickup_name",
            "pickup_city",
            "delivery_name",
            "delivery_city",
            "delivery_postal_code",
            "weight",
            "packages",
            "vehicle_type",
            "pickup_date",
            "material",
            "value"
        ]
    );
}

#[test]
fn sap_like_headers_and_typing_slips() {
    assert_eq!(
        fields(
            "Delivery Number,ShipToParty,Ship-to City,Ship To Postal Code,GrossWieght,Vehcle Type\n1,a,Pune,411001,5,x\n"
        ),
        [
            "order_number",
            "delivery_name",
            "delivery_city",
            "delivery_postal_code",
            "weight",
            "vehicle_type"
        ]
    );
}

#[test]
fn a_side_that_is_left_out_is_the_delivery_unless_another_column_is() {
    let guesses = guessed("Order No,City,PIN\n1,Pune,411001\n", &Remembered::new());
    assert_eq!(named(&guesses), ["order_number", "delivery_city", "delivery_postal_code"]);
    assert_eq!((guesses.columns[1].score, &guesses.columns[1].reason), (85, &Reason::SideAssumed));
    assert_eq!(
        fields("Order No,From,To,City\n1,Pune,Delhi,Agra\n"),
        ["order_number", "pickup_city", "delivery_city", "-"]
    );
}

#[test]
fn two_columns_with_one_claim_are_a_choice() {
    let orders = Dictionary::orders().unwrap();
    let guesses = guessed("Order No,Weight,Weight,City\n1,5,6,Pune\n", &Remembered::new());
    assert_eq!(named(&guesses), ["order_number", "-", "-", "delivery_city"]);
    let weight = orders.find("weight").unwrap();
    assert_eq!(guesses.contested.len(), 1);
    assert_eq!(
        (guesses.contested[0].field, guesses.contested[0].columns.as_slice()),
        (weight, [1, 2].as_slice())
    );
    assert_eq!(guesses.columns[1].reason, Reason::Taken);
    assert_eq!(guesses.columns[1].rivals.first().map(|(field, _)| *field), Some(weight));
}

#[test]
fn cells_that_do_not_look_like_the_field_speak_against_it() {
    let guesses =
        guessed("Order No,City,Weight\n1,Pune,heavy\n2,Delhi,light\n", &Remembered::new());
    assert_eq!(named(&guesses), ["order_number", "delivery_city", "-"]);
    assert_eq!(guesses.columns[2].reason, Reason::CellsDiffer);
}

#[test]
fn what_a_tenant_chose_is_remembered_and_may_leave_a_column_out() {
    let remembered: Remembered = [("sr no", "order_number"), ("city", "")]
        .into_iter()
        .map(|(header, field)| (header.to_owned(), field.to_owned()))
        .collect();
    let guesses = guessed("Sr. No,City,Destination\n1,Agra,Pune\n", &remembered);
    assert_eq!(named(&guesses), ["order_number", "-", "delivery_city"]);
    assert_eq!(guesses.columns[0].reason, Reason::Remembered);
}

#[test]
fn the_header_is_found_below_titles_and_its_fingerprint_knows_no_order() {
    let sheet_ =
        sheet("ACME Ltd,,\nDispatch plan for November,,\n\nOrder No,City,Weight\n1,Pune,5\n");
    assert_eq!(header(&sheet_).row, 4);
    let moved = sheet("City,Weight,Order No\nPune,5,1\n");
    assert_eq!(header(&sheet_).fingerprint(), header(&moved).fingerprint());
    let other = sheet("City,Weight,Order No,PIN\nPune,5,1,411001\n");
    assert_ne!(header(&sheet_).fingerprint(), header(&other).fingerprint());
}

#[test]
fn a_merged_band_above_the_header_names_the_side() {
    let text = |reference: &str, text: &str| {
        format!(r#"<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    };
    let rows = format!(
        r#"<row r="1">{}{}</row><row r="2">{}{}{}{}{}</row><row r="3">{}{}{}{}{}</row>"#,
        text("B1", "Consignor"),
        text("D1", "Consignee"),
        text("A2", "Order No"),
        text("B2", "City"),
        text("C2", "PIN"),
        text("D2", "City"),
        text("E2", "PIN"),
        text("A3", "1"),
        text("B3", "Pune"),
        text("C3", "411001"),
        text("D3", "Delhi"),
        text("E3", "110001"),
    );
    let merged =
        r#"<mergeCells count="2"><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/></mergeCells>"#;
    let sheet = taken(&xlsx("", &rows, merged)).sheets.remove(0);
    let orders = Dictionary::orders().unwrap();
    let header = Header::find(&sheet, orders).unwrap();
    let guesses = guess(&sheet, &header, orders, &Remembered::new());
    assert_eq!(
        named(&guesses),
        [
            "order_number",
            "pickup_city",
            "pickup_postal_code",
            "delivery_city",
            "delivery_postal_code"
        ]
    );
}

#[test]
fn a_table_of_something_else_has_no_header() {
    let orders = Dictionary::orders().unwrap();
    assert_eq!(Header::find(&sheet("Employee,Salary\nAsha,100\n"), orders), None);
}
