/** What counts as wrong, on the page and, by default, for the alerts (infra/main.bicep), and in the workbook: one rule for all. */
export const RULES = {
  /** Of the attempts, or of the requests, above which a kind of failure is worth a word. */
  percent: 5,
  /** Below so many, a percentage says nothing. */
  minimum: 20,
} as const;
