/** Orders texts by their code units: for names in one alphabet and ISO times, and many times as fast as a locale's. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
