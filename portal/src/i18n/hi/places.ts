// The texts of where a shipment was, in Hindi.
import type { places as english } from "../en/places";

export const places: Record<keyof typeof english, string> = {
  "places.title": "यह कहाँ-कहाँ था",
  "places.map": "{n} जगह का नक्शा, समय के क्रम में | {n} जगहों का नक्शा, समय के क्रम में",
  "places.how": "अंक तालिका की पंक्ति पर ले जाता है। रेखाएँ जगहों को समय के क्रम में जोड़ती हैं; वे असली रास्ता नहीं हैं। समुद्र तट: Natural Earth।",
  "places.noPosition": "किसी ने स्थान के निर्देशांक नहीं बताए, इसलिए नक्शा नहीं है: नाम से अंदाज़ा नहीं लगाया जाता।",
  "places.somePosition": "{n} जगह के निर्देशांक नहीं बताए गए; वह केवल तालिका में है। | {n} जगहों के निर्देशांक नहीं बताए गए; वे केवल तालिका में हैं।",
  "places.number": "क्रम",
  "places.place": "जगह",
  "places.position": "निर्देशांक",
  "places.notTold": "नहीं बताया",
  "places.time": "समय",
  "places.lastStatus": "वहाँ की आख़िरी स्थिति",
};
