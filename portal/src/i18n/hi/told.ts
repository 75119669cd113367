// What the API says of bills, of the ledger and of tables, in Hindi: by its codes, and by whole sentences of what to do next.

/** What keeps a bill from being settled, by the code of the exception. */
export const bills: Record<string, string> = {
  "bill.amount-too-fine": "एक राशि में उस मुद्रा से ज़्यादा दशमलव अंक हैं।",
  "bill.amount-too-large": "राशि इतनी बड़ी है कि हिसाब नहीं हो सकता।",
  "bill.duplicate-amount": "उसी शिपमेंट के लिए उतनी ही राशि का बिल पहले आ चुका है। दोनों मिलाएँ।",
  "bill.duplicate-number": "इस वाहक का इसी नंबर का बिल पहले आ चुका है। दोनों मिलाएँ।",
  "bill.fact-missing": "भाव निकालने के लिए ऑर्डर में एक जानकारी नहीं है।",
  "bill.lines-do-not-add-up": "बिल की पंक्तियों का जोड़ उसके कुल से नहीं मिलता।",
  "bill.no-contract": "उस दिन इस वाहक का कोई दर अनुबंध लागू नहीं था।",
  "bill.no-fuel-index": "उस दिन के लिए ईंधन सूचकांक का मान दर्ज नहीं है।",
  "bill.no-lane": "अनुबंध में यह मार्ग नहीं है।",
  "bill.no-slab": "मार्ग की कोई दर-सीमा इस शिपमेंट पर लागू नहीं होती।",
  "bill.no-tax-rule": "इस बिल पर कोई कर नियम लागू नहीं मिला।",
  "bill.order-incomplete": "ऑर्डर में अभी वाहक या पिकअप का दिन नहीं है।",
  "bill.resent-differently": "यही बिल दूसरी राशि के साथ फिर आया, और यह नहीं बताता कि वह सुधार है।",
  "bill.several-shipments": "बिल का एक नंबर कई शिपमेंट का है।",
  "bill.unknown-shipment": "बिल जिन नंबरों को बताता है, उनका कोई ऑर्डर नहीं मिला।",
  "bill.wrong-currency": "बिल की मुद्रा वह नहीं है जो तय थी, या वह पढ़ी नहीं जा सकती।",
};

/** What to do about it, which the API says in whole sentences. */
export const nexts: Record<string, string> = {
  "add the lane in a new version of the contract": "अनुबंध के नए संस्करण में यह मार्ग जोड़ें।",
  "ask the carrier for a bill in whole smallest units": "वाहक से ऐसा बिल माँगें जिसकी राशियाँ पूरे पैसों में हों।",
  "ask the carrier for a bill that names one shipment by its own number": "वाहक से ऐसा बिल माँगें जो एक ही शिपमेंट को उसके अपने नंबर से बताए।",
  "ask the carrier for a corrected bill": "वाहक से सुधारा हुआ बिल माँगें।",
  "ask the carrier which one holds; a correction carries an indicator (X12 B3-08)": "वाहक से पूछें कि कौन-सा बिल मान्य है; सुधार वाले बिल में X12 B3-08 का संकेत होता है।",
  "assign the order, or give it a pickup date": "ऑर्डर को वाहक दें, या उसमें पिकअप का दिन लिखें।",
  "check the bill's date, or reckon the tax by hand": "बिल की तारीख़ जाँचें, या कर हाथ से निकालें।",
  "check the contract's rates and the order's quantities": "अनुबंध की दरें और ऑर्डर की मात्राएँ जाँचें।",
  "compare both; cancel this one, or dispute it with the carrier": "दोनों मिलाएँ; इसे रद्द करें, या वाहक के साथ विवाद उठाएँ।",
  "complete the order with the missing fact": "ऑर्डर में छूटी हुई जानकारी भरें।",
  "dispute it and ask for a bill in the contract's currency; amounts are never converted here": "विवाद उठाएँ और अनुबंध की मुद्रा में बिल माँगें; यहाँ राशियाँ बदली नहीं जातीं।",
  "dispute it and ask the carrier for a bill in one currency": "विवाद उठाएँ और वाहक से एक ही मुद्रा में बिल माँगें।",
  "dispute it and ask the carrier for a corrected bill": "विवाद उठाएँ और वाहक से सुधारा हुआ बिल माँगें।",
  "give the lane an open-ended slab in a new version of the contract": "अनुबंध के नए संस्करण में मार्ग को बिना ऊपरी सीमा की दर-सीमा दें।",
  "place or import the order, or dispute the bill; it is looked at again when the order comes": "ऑर्डर बनाएँ या आयात करें, या बिल पर विवाद उठाएँ; ऑर्डर आने पर बिल फिर देखा जाता है।",
  "publish a rate contract with this carrier that holds for that day": "इस वाहक का ऐसा दर अनुबंध प्रकाशित करें जो उस दिन लागू हो।",
  "record the index's value for that day": "उस दिन के लिए सूचकांक का मान दर्ज करें।",
};

/** Why something was posted, by the kind of the entry. */
export const postings: Record<string, string> = {
  "posted.accrual": "माल पहुँचने पर भाड़ा देनदारी में लिखा गया।",
  "posted.approval": "बिल स्वीकृत हुआ।",
  "posted.dispute": "बिल पर विवाद उठाया गया।",
  "posted.note": "बिल पर वाहक का नोट दर्ज हुआ।",
  "posted.reversal": "पहले की प्रविष्टि वापस ली गई।",
};

/** Why a row of rates is not taken, by its code: a cell of its own, or what is wrong first with its contract's terms. */
export const rows: Record<string, string> = {
  "row.accessorials-number": "अनुबंध में बहुत ज़्यादा अतिरिक्त शुल्क हैं।",
  "row.amount-invalid": "राशि ठीक नहीं; उस मुद्रा के दशमलव अंकों तक ही लिखें, जैसे 12.50।",
  "row.carriage-per": "भाड़ा न प्रति घंटा होता है न प्रतिशत; कोई और इकाई चुनें।",
  "row.cell-empty": "एक ज़रूरी सेल खाली है; उसे भरें।",
  "row.currency-unknown": "मुद्रा का ISO 4217 कोड लिखें, जैसे INR।",
  "row.date-invalid": "तारीख़ YYYY-MM-DD की तरह लिखें।",
  "row.dates-reversed": "आख़िरी दिन पहले दिन से पहले है; तारीख़ें ठीक करें।",
  "row.decimal-invalid": "संख्या 12.50 की तरह लिखें: बिंदु के साथ, बिना विभाजक।",
  "row.end-unknown": "pickup या delivery लिखें, या खाली छोड़ें।",
  "row.first-row-differs": "मुद्रा और तारीख़ें इस अनुबंध की पहली पंक्ति से अलग हैं; उन्हें एक जैसा करें।",
  "row.fuel-steps-number": "ईंधन अधिभार में चरणों की संख्या ठीक नहीं है।",
  "row.gst-unknown": "GST का यह विकल्प नहीं है; दिए गए विकल्पों में से एक लिखें।",
  "row.lanes-number": "अनुबंध में मार्गों की संख्या ठीक नहीं है।",
  "row.line-repeated": "यह पंक्ति संख्या दूसरे मार्ग की भी है; दूसरी दें।",
  "row.minutes-invalid": "मुफ़्त समय ऋण नहीं हो सकता, और चरण कम से कम एक मिनट का होता है।",
  "row.pan-invalid": "PAN में पाँच अक्षर, चार अंक और एक अक्षर होते हैं।",
  "row.per-unknown": "यह इकाई नहीं है; दी गई इकाइयों में से एक लिखें।",
  "row.rate-negative": "दर ऋण नहीं होती; छूट को अतिरिक्त शुल्क की तरह लिखें।",
  "row.slabs-number": "मार्ग में दर-सीमाओं की संख्या ठीक नहीं है।",
  "row.slabs-order": "दर-सीमाएँ हल्के से भारी की ओर जाती हैं; केवल आख़िरी खुली हो सकती है।",
  "row.state-invalid": "GSTIN के पहले दो अंक लिखें।",
  "row.text-length": "पाठ खाली या बहुत लंबा है; उसे ठीक करें।",
};

/** Why an import ended by itself, where no answer of the API has the code. */
export const failures: Record<string, string> = {
  "choices-invalid": "चुनाव इस फ़ाइल पर ठीक नहीं बैठते; उन्हें फिर से चुनें।",
  "import-interrupted": "आयात पाँच बार बीच में रुका; कारण लॉग में है। फिर कोशिश के लिए अपने चुनाव दोबारा भेजें।",
};
