//! What must hold for any bytes: an answer, never a panic, and every span inside the document.

use caravan_connector_idoc::component::Idoc;
use caravan_connector_sdk::testing::{BytesDocument, FakeHost};
use caravan_connector_sdk::{Context, Documents, Files, Reader};
use proptest::prelude::*;

/// Fragments that steer random documents past the door.
const PIECES: &[&str] = &[
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    "<ORDERS05>",
    "<DELVRY07>",
    "<IDOC BEGIN=\"1\">",
    "<EDI_DC40 SEGMENT=\"1\">",
    "<DOCNUM>0000000000000001</DOCNUM>",
    "<IDOCTYP>ORDERS05</IDOCTYP>",
    "<IDOCTYP>DELVRY07</IDOCTYP>",
    "</EDI_DC40>",
    "<E1EDK01 SEGMENT=\"1\">",
    "<BELNR>1</BELNR>",
    "<ACTION>009</ACTION>",
    "</E1EDK01>",
    "<E1EDL20 SEGMENT=\"1\">",
    "<VBELN>1</VBELN>",
    "<BTGEW>1,5</BTGEW>",
    "<PODAT>20241399</PODAT>",
    "</E1EDL20>",
    "<E1EDT13 SEGMENT=\"1\"/>",
    "</IDOC>",
    "</ORDERS05>",
    "</DELVRY07>",
    "&#0;",
    "&x;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE a>",
    "\u{FFFD}",
    "é",
    "EDI_DC40  100",
    "\n",
    "\r\n",
    "E2EDK01005                    1000000000000000001000001000000",
    "E2EDP01",
];

fn finish(input: Vec<u8>) {
    let length = input.len() as u64;
    let host = FakeHost::default();
    let context = Context::default();
    let Ok(mut reader) = Idoc::open(&host, &context, Box::new(BytesDocument::new(input))) else {
        return;
    };
    let mut verdicts = Vec::new();
    while let Ok(batch) = reader.next(&host) {
        let spans = batch.rejects.iter().map(|reject| reject.source);
        for span in
            spans.chain(batch.records.iter().map(caravan_connector_sdk::model::Record::source))
        {
            assert!(span.start <= span.end && span.end <= length, "{span:?} of {length}");
        }
        verdicts.extend(batch.verdicts);
        if batch.done {
            break;
        }
    }
    Idoc::acknowledge(&host, &context, 1, &verdicts).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn random_bytes_never_panic(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        finish([b"<".to_vec(), input.clone()].concat());
        finish([b"EDI_DC40".to_vec(), input.clone()].concat());
        finish(input);
    }

    #[test]
    fn random_markup_never_panics(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        finish(pieces.concat().into_bytes());
    }

    #[test]
    fn a_damaged_sample_never_panics(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let sample = include_bytes!("../../../../../fixtures/parties/idoc-standard/idoc-ORDERS05/sap-b2b-order-response-7010/input.xml");
        let at = at.index(sample.len());
        let mut input = sample.to_vec();
        if cut { input.truncate(at) } else { input[at] = byte }
        finish(input);
    }
}
