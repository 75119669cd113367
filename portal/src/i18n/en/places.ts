// The texts of where a shipment was, in English.
export const places = {
  "places.title": "Where it was",
  "places.map": "Map of {n} place, in the order of time | Map of {n} places, in the order of time",
  "places.how": "A number leads to its line in the table. The lines join the places in the order of time; they are not the way that was taken. Coasts: Natural Earth.",
  "places.noPosition": "Nobody told a position, so there is no map: none is guessed from a name.",
  "places.somePosition": "{n} place has no told position and is in the table only. | {n} places have no told position and are in the table only.",
  "places.number": "No.",
  "places.place": "Place",
  "places.position": "Position",
  "places.notTold": "not told",
  "places.time": "Time",
  "places.lastStatus": "Last status there",
};
