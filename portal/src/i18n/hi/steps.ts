// What the API says with a kind and values, in Hindi: steps of a calculation, notes on a file, and what
// to do about a connection that fails its test. `{name}` is a value of the API.

/** Why an amount is what it is, by the kind of the step (`Words` in core-services/settlement). */
export const steps: Record<string, string> = {
  "why.contract": "{name}, संस्करण {version}; {date} को भेजा गया",
  "why.unpriced": "{code} माँगा गया था और अनुबंध में उसका भाव नहीं है",
  "why.lane": "मार्ग {line}: {origin} से {destination}",
  "why.service": "सेवा {service}",
  "why.slab": "{weight} kg तक",
  "why.at-least": "कम से कम {amount}",
  "why.at-most": "ज़्यादा से ज़्यादा {amount}",
  "why.fuel": "भेजने के दिन के ईंधन सूचकांक {index} से",
  "why.index-value": "{index}: {from} से {value}",
  "why.accessorial": "{code} (पंक्ति {line})",
  "why.stay": "ठहराव {minutes} मिनट, {free} मिनट मुफ़्त: शुरू हुए {begun} × {step} मिनट",
  "why.hours-asked": "{hours} घंटे माँगे गए",
  "why.tax": "{name}",
  "why.place-of-supply": "वाहक का राज्य {supplier}, आपूर्ति का स्थान राज्य {recipient}",
  "why.union-territory": "बिना विधानसभा का केंद्र शासित प्रदेश",
  "why.tax-rounded": "हर कर {unit} {currency} तक पूर्णांकित; आधा और उससे ज़्यादा ऊपर",
  "why.gst-reverse": "GST {rate} %: हम चुकाते हैं (रिवर्स चार्ज), बिल पर नहीं",
  "why.gst-forward-without-credit": "GST {rate} %: वाहक लगाता है (फ़ॉरवर्ड चार्ज), इनपुट क्रेडिट के बिना",
  "why.gst-forward-with-credit": "GST {rate} %: वाहक लगाता है (फ़ॉरवर्ड चार्ज), इनपुट क्रेडिट के साथ",
  "why.tds-small-operator": "{section} में कटौती नहीं: वाहक ने ज़्यादा से ज़्यादा {vehicles} वाहन घोषित किए और अपना PAN दिया",
  "why.tds-below-limits": "{section} में कटौती नहीं: न एक बार में {single} से ज़्यादा, न साल में {year} से ज़्यादा",
  "why.tds-without-pan": "{section} में कर कटौती: {rate} %, बिना PAN",
  "why.tds-person": "{section} में कर कटौती: {rate} %, व्यक्ति या हिंदू अविभाजित परिवार",
  "why.tds-other": "{section} में कर कटौती: {rate} %, न व्यक्ति न अविभाजित परिवार",
  "why.tds-base": "भाड़े पर, अलग से दिखाए गए GST के बिना",
  "why.agreed-price": "अकेले ऑर्डर {order} के लिए तय भाव",
  "why.freight-and-tax": "बिल पर भाड़ा और कर",
};

/** What is worth knowing of a file of orders, by the kind of the note (`note` in core-services/order/src/import/wire.rs). */
export const notes: Record<string, string> = {
  "note.macros": "वर्कबुक में मैक्रो हैं; वे चलाए नहीं गए।",
  "note.formulas": "शीट {sheet} के {cells} सेल में सूत्र हैं (पहला {first}); उनके सहेजे हुए मान पढ़े गए।",
  "note.formulas-without-value": "शीट {sheet} के {cells} सेल में सूत्र हैं (पहला {first}); {without_value} का कोई सहेजा हुआ मान नहीं है: फ़ाइल को Excel में खोलकर सहेजें।",
  "note.merged": "शीट {sheet} के {areas} मर्ज किए हुए क्षेत्र: हर एक का मान उसके सभी सेल में पढ़ा गया।",
  "note.replaced": "फ़ाइल की एन्कोडिंग में {characters} अक्षर पढ़े नहीं जा सके।",
  "note.other": "फ़ाइल में और कुछ भी है जो जानने योग्य है।",
};

/** What to do about a step of a connection's test that failed, by the code of the hint (hub/intake/src/trial). */
export const hints: Record<string, string> = {
  "hint.address-denied": "यह नाम ऐसे पते पर ले जाता है जिसे पुकारना मना है: पार्टी का सार्वजनिक पता लिखें।",
  "hint.address-missing": "एंडपॉइंट को मूल URL दें।",
  "hint.address-private": "पार्टी का सार्वजनिक https पता लिखें; निजी नेटवर्क के पते के लिए संचालक को हब --allow-test-nets के साथ चलाना होगा।",
  "hint.ask-later": "पार्टी रुकने को कहती है: कुछ मिनट बाद फिर कोशिश करें, और पूछने का अंतराल बढ़ाएँ।",
  "hint.certificate-invalid": "पार्टी का प्रमाणपत्र आज मान्य, इसी नाम का और सार्वजनिक प्राधिकरण का होना चाहिए: यह पंक्ति उसके तकनीशियनों को दिखाएँ।",
  "hint.credentials-wrong": "गुप्त मान जाँचें, और यह कि वे इसी परिवेश के हैं।",
  "hint.defect": "यह कनेक्टर या इस स्थापना की कमी है: संचालक को इस उत्तर का trace id दें।",
  "hint.dns-silent": "नाम सर्वर ने उत्तर नहीं दिया: फिर कोशिश करें, फिर संचालक से DNS के बारे में पूछें।",
  "hint.draft-invalid": "प्रारूप ठीक करें: हर मान के पास लिखा है कि वह कैसा हो।",
  "hint.name-unknown": "जाँचें कि मूल URL में नाम कैसे लिखा है; ठीक हो तो पार्टी से पूछें कि नाम सार्वजनिक है या नहीं।",
  "hint.number-unknown": "नंबर जाँचें, और यह कि परिवेश वही है जो उसे जानता है।",
  "hint.packets-dropped": "रास्ते में कुछ, अक्सर फ़ायरवॉल, हमारे पैकेट रोकता है: पार्टी से कहें कि इस स्थापना के पते को आने दे।",
  "hint.party-failing": "पार्टी तक पहुँच है, पर वह ठीक उत्तर नहीं देती: फिर कोशिश करें, फिर उससे पूछें कि सेवा चालू है या नहीं।",
  "hint.port-closed": "मूल URL में पोर्ट जाँचें; ठीक हो तो पार्टी से पूछें कि सेवा चालू है या नहीं।",
  "hint.port-not-tls": "यह पोर्ट कुछ और बोलता है: मूल URL में पोर्ट जाँचें; https अक्सर 443 पर होता है।",
  "hint.question-refused": "पार्टी ने सवाल ही ठुकरा दिया: सेटिंग और नमूना जाँचें।",
  "hint.settings-wrong": "कनेक्शन की कोई सेटिंग या गुप्त मान उस काम से मेल नहीं खाता जो कनेक्टर करता है।",
  "hint.user-taken": "उपयोगकर्ता नाम पूरी स्थापना में अनोखे होते हैं: दूसरा चुनें, अक्सर अपनी कंपनी के नाम के साथ।",
};

/** Why an order moved, where it is Caravan that says so, by the kind of the reason (`Words` in core-services/order). */
export const reasons: Record<string, string> = {
  "because.answered": "वाहक का उत्तर: {answer}",
  "because.cancelled-before": "इसका रद्दीकरण इससे पहले आ गया था",
  "because.changed": "पेशकश के बाद माल बदला गया",
  "because.copied": "{number} की प्रति",
  "because.document": "{document} {key} ({purpose})",
  "because.document-without-key": "{document} ({purpose})",
  "because.heard": "घटनाएँ: {statuses}",
  "because.heard-before": "पहले आई घटनाएँ",
  "because.imported": "{file} से आयात",
  "because.silent": "{carrier} ने समय पर उत्तर नहीं दिया",
};

/** Why Caravan ended an exception, or gave it to another shipment, by the kind of what is said (core-services/tracking/src/exceptions.rs). */
export const ended: Record<string, string> = {
  "ended.passed": "अब कोई नियम इसे नहीं पाता: शिपमेंट की स्थिति – {status}",
  "ended.moved": "शिपमेंट असल में {name} निकला; पहले {old} था",
  "ended.joined": "{name} के अपवाद {exception} के साथ, जो वही शिपमेंट है",
  "ended.joined-another": "शिपमेंट असल में {name} निकला: अपवाद {exception} देखें",
};
