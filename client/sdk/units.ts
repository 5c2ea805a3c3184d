/** Decimals of the cash token: its unit is a µUSD. */
export const CASH_DECIMALS = 6;
/** Decimals of share tokens (contracts/vault/Vault.sol). */
export const SHARE_DECIMALS = 12;
