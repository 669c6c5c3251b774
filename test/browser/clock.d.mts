export function moveDate(byMs: number): void;
