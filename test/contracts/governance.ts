import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** OpenZeppelin's AccessManager as its package ships it, with `governor` as its admin. */
export async function deployAuthority(ethers: any, governor: { address: string }): Promise<any> {
  const { abi, bytecode } = require("@openzeppelin/contracts/build/contracts/AccessManager.json");
  const authority = await new ethers.ContractFactory(abi, bytecode, governor).deploy(governor.address);
  await authority.waitForDeployment();
  return authority;
}
