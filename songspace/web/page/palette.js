// Colours for groups, chosen so that any two stay apart for every kind of colour vision.

const GROUPS = {
  light: ["#ea9602", "#381ea7", "#3bb693", "#74065c", "#aa9df1", "#8b5050", "#4c4300", "#9b61ea", "#d35d31", "#5759a6", "#368794"],
  dark: ["#fae770", "#4b65d9", "#2dcca2", "#b34f2a", "#c57ef6", "#cc8417", "#9efbda", "#fda7f5", "#6a957d", "#8b5d96", "#afcc24"],
};

const OTHER = { light: "#a8a49c", dark: "#6d6a75" };

export function colourOf(place, names, dark) {
  const theme = dark ? "dark" : "light";
  if (names[place] === "other") return OTHER[theme];
  return GROUPS[theme][place % GROUPS[theme].length];
}

export const INK = {
  light: { text: "#221f1a", halo: "#fbf9f5", accent: "#b93a1e", mark: "#221f1a", onMark: "#ffffff" },
  dark: { text: "#f4f1ea", halo: "#15141a", accent: "#ff8f6e", mark: "#f7f4ee", onMark: "#15141a" },
};
