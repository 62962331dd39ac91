-- Sales of the second example. Voids live in the same table.
select ticket, wallet_ref, shop, cents, opened, touched, settled_by_wallet, wallet_txn, expected_payout,
       expected_payout_currency, abort, etat
from caisse
where sens = 'VENTE'
