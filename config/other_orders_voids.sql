-- Voids of the second example: rows of the same table that name the sale they undo.
select ticket, ticket_of_sale, wallet_ref, wallet_txn, cents, opened, touched, settled_by_wallet, etat
from caisse
where sens = 'ANNULATION'
