module "database" {
  source = "./modules/database"
  name   = "shop"
}
